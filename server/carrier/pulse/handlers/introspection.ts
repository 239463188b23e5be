import { WeirError } from '../../../observe/errors.js';
import { describeClient } from '../describe/clients.js';
import { describeMonitor, describeSink } from '../describe/devices.js';
import { describeSinkInput, describeSourceOutput } from '../describe/streams.js';
import type { Guest } from '../../../session/guest.js';
import { PulseClient } from '../pulse-client.js';
import { NO_PROPERTIES } from '../wire/values/proplist.js';
import type { Handlers } from './handler.js';

const clientInfo = (guest: Guest) =>
  describeClient(guest, guest instanceof PulseClient ? guest.properties : NO_PROPERTIES);
/** Weir has neither modules nor cards. */
const absent = () => new WeirError('DEVICE_NOT_FOUND', 'there is no such thing here');

/** What is asked about is what the client may see: all handlers go through its view. */
export const INTROSPECTION_HANDLERS: Handlers<
  | 'GET_SINK_INFO'
  | 'GET_SINK_INFO_LIST'
  | 'GET_SOURCE_INFO'
  | 'GET_SOURCE_INFO_LIST'
  | 'GET_MODULE_INFO'
  | 'GET_MODULE_INFO_LIST'
  | 'GET_CLIENT_INFO'
  | 'GET_CLIENT_INFO_LIST'
  | 'GET_SINK_INPUT_INFO'
  | 'GET_SINK_INPUT_INFO_LIST'
  | 'GET_SOURCE_OUTPUT_INFO'
  | 'GET_SOURCE_OUTPUT_INFO_LIST'
  | 'GET_SAMPLE_INFO'
  | 'GET_SAMPLE_INFO_LIST'
  | 'GET_CARD_INFO'
  | 'GET_CARD_INFO_LIST'
> = {
  GET_SINK_INFO: {
    verb: 'greet',
    carryOut: ({ view }, { device }) => {
      const output = view.sink(device);
      return output instanceof WeirError ? output : describeSink(output, view.indexOf(output));
    },
  },
  GET_SINK_INFO_LIST: {
    verb: 'greet',
    carryOut: ({ view }) => view.sinks.map((output) => describeSink(output, view.indexOf(output))),
  },
  GET_SOURCE_INFO: {
    verb: 'greet',
    carryOut: ({ view }, { device }) => {
      const output = view.source(device);
      return output instanceof WeirError ? output : describeMonitor(output, view.indexOf(output));
    },
  },
  GET_SOURCE_INFO_LIST: {
    verb: 'greet',
    carryOut: ({ view }) => view.sources.map((output) => describeMonitor(output, view.indexOf(output))),
  },
  GET_MODULE_INFO: { verb: 'greet', carryOut: absent },
  GET_MODULE_INFO_LIST: { verb: 'greet', carryOut: () => [] },
  GET_CLIENT_INFO: {
    verb: 'greet',
    carryOut: ({ view }, { index }) => {
      const guest = view.guest(index);
      return guest instanceof WeirError ? guest : clientInfo(guest);
    },
  },
  GET_CLIENT_INFO_LIST: { verb: 'greet', carryOut: ({ view }) => view.guests.map(clientInfo) },
  GET_SINK_INPUT_INFO: {
    verb: 'greet',
    carryOut: ({ view, pulse }, { index }) => {
      const stream = view.stream('playback', index);
      return stream instanceof WeirError ? stream : describeSinkInput(stream, view, pulse.flowOf(stream));
    },
  },
  GET_SINK_INPUT_INFO_LIST: {
    verb: 'greet',
    carryOut: ({ view, pulse }) =>
      view.streams('playback').map((stream) => describeSinkInput(stream, view, pulse.flowOf(stream))),
  },
  GET_SOURCE_OUTPUT_INFO: {
    verb: 'greet',
    carryOut: ({ view, pulse }, { index }) => {
      const stream = view.stream('record', index);
      return stream instanceof WeirError ? stream : describeSourceOutput(stream, view, pulse.flowOf(stream));
    },
  },
  GET_SOURCE_OUTPUT_INFO_LIST: {
    verb: 'greet',
    carryOut: ({ view, pulse }) =>
      view.streams('record').map((stream) => describeSourceOutput(stream, view, pulse.flowOf(stream))),
  },
  GET_SAMPLE_INFO: { verb: 'greet', carryOut: ({ samples }, { sample }) => samples.describe(sample) },
  GET_SAMPLE_INFO_LIST: { verb: 'greet', carryOut: ({ samples }) => samples.describeAll() },
  GET_CARD_INFO: { verb: 'greet', carryOut: absent },
  GET_CARD_INFO_LIST: { verb: 'greet', carryOut: () => [] },
};
