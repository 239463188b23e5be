import { CONNECTION_HANDLERS } from './connection.js';
import { CONTROL_HANDLERS } from './control.js';
import type { Handlers } from './handler.js';
import { INTROSPECTION_HANDLERS } from './introspection.js';
import { SAMPLE_HANDLERS } from './samples.js';
import { STREAM_HANDLERS } from './streams.js';

/** Every command of the protocol: the verb that its client must be allowed, and what is done. What a verb leaves open (whose stream it is) its handler asks. */
export const HANDLERS: Handlers = {
  ...CONNECTION_HANDLERS,
  ...STREAM_HANDLERS,
  ...INTROSPECTION_HANDLERS,
  ...CONTROL_HANDLERS,
  ...SAMPLE_HANDLERS,
};
