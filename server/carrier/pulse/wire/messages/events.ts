import { bool, optionalU32, s64, since, struct, text, u32, usec } from '../tagstruct/codec.js';
import { proplist } from '../values/proplist.js';
import { type ServerEvent, serverEvent } from './command.js';

const channel = struct({ channel: u32 });
const suspended = struct({ channel: u32, suspended: bool });
const streamEvent = struct({ channel: u32, event: text, properties: proplist });
const playbackBuffer = {
  maxLengthBytes: u32,
  targetLengthBytes: u32,
  prebufBytes: u32,
  minRequestBytes: u32,
  latencyUs: usec,
};

/**
 * What the server says unasked (the fact sheet's 4.5). RECORD_BUFFER_ATTR_CHANGED is missing on purpose: libpulse reads it
 * with the playback stream's fields and ends the connection.
 */
export const EVENTS = {
  REQUEST: serverEvent(61, 0, struct({ channel: u32, bytes: u32 })),
  OVERFLOW: serverEvent(62, 0, channel),
  UNDERFLOW: serverEvent(63, 0, struct({ channel: u32, readIndex: since(23, s64, 0) })),
  PLAYBACK_STREAM_KILLED: serverEvent(64, 0, channel),
  RECORD_STREAM_KILLED: serverEvent(65, 0, channel),
  SUBSCRIBE_EVENT: serverEvent(66, 0, struct({ event: u32, index: u32 })),
  PLAYBACK_STREAM_SUSPENDED: serverEvent(76, 12, suspended),
  RECORD_STREAM_SUSPENDED: serverEvent(77, 12, suspended),
  PLAYBACK_STREAM_MOVED: serverEvent(
    78,
    12,
    struct({ channel: u32, sink: u32, sinkName: text, suspended: bool, ...playbackBuffer }),
  ),
  RECORD_STREAM_MOVED: serverEvent(
    79,
    12,
    struct({
      channel: u32,
      source: u32,
      sourceName: text,
      suspended: bool,
      maxLengthBytes: u32,
      fragmentBytes: u32,
      latencyUs: usec,
    }),
  ),
  STARTED: serverEvent(86, 13, channel),
  /** Of an extension: which, and the number that it gave this event. */
  EXTENSION: serverEvent(87, 14, struct({ module: optionalU32, name: text, event: u32 })),
  CLIENT_EVENT: serverEvent(91, 15, struct({ event: text, properties: proplist })),
  PLAYBACK_STREAM_EVENT: serverEvent(92, 15, streamEvent),
  RECORD_STREAM_EVENT: serverEvent(93, 15, streamEvent),
  PLAYBACK_BUFFER_ATTR_CHANGED: serverEvent(94, 15, struct({ channel: u32, ...playbackBuffer })),
  /** Names a pool of the server's; its descriptor goes in the same message. */
  REGISTER_MEMFD_SHMID: serverEvent(103, 31, struct({ pool: u32 })),
} as const satisfies Readonly<Record<string, ServerEvent<unknown>>>;

export type EventName = keyof typeof EVENTS;
export type EventBody<N extends EventName> = (typeof EVENTS)[N] extends ServerEvent<infer Body> ? Body : never;
