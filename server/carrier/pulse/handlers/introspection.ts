import { WeirError } from '../../../observe/errors.js';
import { describeClient } from '../describe/clients.js';
import { describeMonitor, describeSink } from '../describe/devices.js';
import { describeSinkInput, describeSourceOutput } from '../describe/streams.js';
import type { Guest } from '../../../session/guest.js';
import { PulseClient } from '../pulse-client.js';
import type { Stream } from '../../../stream/stream.js';
import type { View } from '../view.js';
import { brief, NO_PROPERTIES, type Proplist } from '../wire/values/proplist.js';
import type { Handlers } from './handler.js';

const clientInfo = (guest: Guest) =>
  describeClient(guest, guest instanceof PulseClient ? guest.properties : NO_PROPERTIES);

function sinkInput({ view, pulse }: PulseClient, stream: Stream) {
  return describeSinkInput(stream, view, pulse.flowOf(stream), ownerOf(view, stream));
}

function sourceOutput({ view, pulse }: PulseClient, stream: Stream) {
  return describeSourceOutput(stream, view, pulse.flowOf(stream), ownerOf(view, stream));
}

function ownerOf(view: View, stream: Stream): Proplist {
  const guest = view.guest(stream.owner.client);
  return guest instanceof WeirError ? NO_PROPERTIES : clientInfo(guest).properties;
}

/** As it stands in a list. */
const shortened = <T extends { readonly properties: Proplist }>(info: T): T => ({
  ...info,
  properties: brief(info.properties),
});
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
  GET_CLIENT_INFO_LIST: { verb: 'greet', carryOut: ({ view }) => view.guests.map(clientInfo).map(shortened) },
  GET_SINK_INPUT_INFO: {
    verb: 'greet',
    carryOut: (client, { index }) => {
      const stream = client.view.stream('playback', index);
      return stream instanceof WeirError ? stream : sinkInput(client, stream);
    },
  },
  GET_SINK_INPUT_INFO_LIST: {
    verb: 'greet',
    carryOut: (client) => client.view.streams('playback').map((stream) => shortened(sinkInput(client, stream))),
  },
  GET_SOURCE_OUTPUT_INFO: {
    verb: 'greet',
    carryOut: (client, { index }) => {
      const stream = client.view.stream('record', index);
      return stream instanceof WeirError ? stream : sourceOutput(client, stream);
    },
  },
  GET_SOURCE_OUTPUT_INFO_LIST: {
    verb: 'greet',
    carryOut: (client) => client.view.streams('record').map((stream) => shortened(sourceOutput(client, stream))),
  },
  GET_SAMPLE_INFO: { verb: 'greet', carryOut: ({ samples }, { sample }) => samples.shelf.describe(sample) },
  GET_SAMPLE_INFO_LIST: { verb: 'greet', carryOut: ({ samples }) => samples.shelf.describeAll().map(shortened) },
  GET_CARD_INFO: { verb: 'greet', carryOut: absent },
  GET_CARD_INFO_LIST: { verb: 'greet', carryOut: () => [] },
};
