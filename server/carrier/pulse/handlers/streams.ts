import { type ErrorCode, WeirError } from '../../../observe/errors.js';
import type { PulseClient } from '../pulse-client.js';
import type { Flow } from '../streams/flows.js';
import { openPlayback } from '../streams/open-playback.js';
import { openRecord } from '../streams/open-record.js';
import type { PulsePlayback } from '../streams/playback.js';
import type { PulseRecord } from '../streams/record.js';
import { playbackWishOf, recordWishOf, wireAttr, wireRecordAttr } from '../streams/wire-attr.js';
import { type Proplist, updated, without } from '../wire/values/proplist.js';
import type { ReplyBody, RequestBody } from '../wire/requests.js';
import { type Done, done, type Handler, type Handlers } from './handler.js';

function playback<T>(client: PulseClient, channel: number, then: (flow: PulsePlayback) => T): T | WeirError {
  const flow = client.flows.playback(channel);
  return flow instanceof WeirError ? flow : then(flow);
}

function record<T>(client: PulseClient, channel: number, then: (flow: PulseRecord) => T): T | WeirError {
  const flow = client.flows.record(channel);
  return flow instanceof WeirError ? flow : then(flow);
}

/** Where there is no room, streams that have just ended may have it still: it is tried once more when they have faded out, and nothing is read meanwhile. */
function withRoom<Name extends 'CREATE_PLAYBACK_STREAM' | 'CREATE_RECORD_STREAM'>(
  name: Name,
  open: (client: PulseClient, asked: RequestBody<Name>) => ReplyBody<Name> | WeirError,
): Handler<Name>['carryOut'] {
  return (client, asked, tag) => {
    const opened = open(client, asked);
    const { faded } = client.flows;
    if (!(opened instanceof WeirError) || !NO_ROOM.includes(opened.code) || !faded) return opened;
    const later = () => {
      if (client.ended) return;
      const again = open(client, asked);
      if (again instanceof WeirError) client.refuse(tag, again);
      else client.answer(name, tag, again);
    };
    client.connection.hold(faded.then(later));
    return 'later';
  };
}
const NO_ROOM: readonly ErrorCode[] = ['QUOTA_EXCEEDED', 'TOO_MANY_STREAMS'];

/** What is said to one stream of a group is said to all of them. */
function group(client: PulseClient, channel: number, then: (flow: PulsePlayback) => void): Done {
  return playback(client, channel, (flow) => {
    for (const member of client.flows.groupOf(flow)) then(member);
    return undefined;
  });
}

function describe(client: PulseClient, flow: Flow, properties: Proplist | WeirError): Done {
  return properties instanceof WeirError ? properties : client.flows.describe(flow, properties);
}

const named = (flow: Flow, name: string) =>
  updated(flow.properties, 2, new Map([['media.name', Buffer.from(`${name}\0`)]]));

export const STREAM_HANDLERS: Handlers<
  | 'CREATE_PLAYBACK_STREAM'
  | 'CREATE_RECORD_STREAM'
  | 'DELETE_PLAYBACK_STREAM'
  | 'DELETE_RECORD_STREAM'
  | 'DRAIN_PLAYBACK_STREAM'
  | 'GET_PLAYBACK_LATENCY'
  | 'GET_RECORD_LATENCY'
  | 'CORK_PLAYBACK_STREAM'
  | 'CORK_RECORD_STREAM'
  | 'FLUSH_PLAYBACK_STREAM'
  | 'FLUSH_RECORD_STREAM'
  | 'TRIGGER_PLAYBACK_STREAM'
  | 'PREBUF_PLAYBACK_STREAM'
  | 'SET_PLAYBACK_STREAM_NAME'
  | 'SET_RECORD_STREAM_NAME'
  | 'SET_PLAYBACK_STREAM_BUFFER_ATTR'
  | 'SET_RECORD_STREAM_BUFFER_ATTR'
  | 'UPDATE_PLAYBACK_STREAM_SAMPLE_RATE'
  | 'UPDATE_RECORD_STREAM_SAMPLE_RATE'
  | 'UPDATE_RECORD_STREAM_PROPLIST'
  | 'UPDATE_PLAYBACK_STREAM_PROPLIST'
  | 'REMOVE_RECORD_STREAM_PROPLIST'
  | 'REMOVE_PLAYBACK_STREAM_PROPLIST'
> = {
  CREATE_PLAYBACK_STREAM: { verb: 'play', carryOut: withRoom('CREATE_PLAYBACK_STREAM', openPlayback) },
  CREATE_RECORD_STREAM: { verb: 'record', carryOut: withRoom('CREATE_RECORD_STREAM', openRecord) },
  DELETE_PLAYBACK_STREAM: {
    verb: 'play',
    carryOut: (client, { channel }) => playback(client, channel, (flow) => done(client.flows.end(flow))),
  },
  DELETE_RECORD_STREAM: {
    verb: 'record',
    carryOut: (client, { channel }) => record(client, channel, (flow) => done(client.flows.end(flow))),
  },
  DRAIN_PLAYBACK_STREAM: {
    verb: 'play',
    carryOut: (client, { channel }, tag) =>
      playback(client, channel, (flow) => {
        flow.drain((failure) => {
          if (failure) client.refuse(tag, failure);
          else client.answer('DRAIN_PLAYBACK_STREAM', tag, undefined);
        });
        return 'later';
      }),
  },
  GET_PLAYBACK_LATENCY: {
    verb: 'play',
    carryOut: (client, { channel, clientTimeUs }) => playback(client, channel, (flow) => flow.latency(clientTimeUs)),
  },
  GET_RECORD_LATENCY: {
    verb: 'record',
    carryOut: (client, { channel, clientTimeUs }) => record(client, channel, (flow) => flow.latency(clientTimeUs)),
  },
  CORK_PLAYBACK_STREAM: {
    verb: 'play',
    carryOut: (client, { channel, corked }) => group(client, channel, (flow) => done(flow.cork(corked))),
  },
  CORK_RECORD_STREAM: {
    verb: 'record',
    carryOut: (client, { channel, corked }) => record(client, channel, (flow) => done(flow.cork(corked))),
  },
  FLUSH_PLAYBACK_STREAM: {
    verb: 'play',
    carryOut: (client, { channel }) => group(client, channel, (flow) => done(flow.flush())),
  },
  FLUSH_RECORD_STREAM: {
    verb: 'record',
    carryOut: (client, { channel }) => record(client, channel, (flow) => done(flow.flush())),
  },
  TRIGGER_PLAYBACK_STREAM: {
    verb: 'play',
    carryOut: (client, { channel }) => group(client, channel, (flow) => flow.trigger()),
  },
  PREBUF_PLAYBACK_STREAM: {
    verb: 'play',
    carryOut: (client, { channel }) => group(client, channel, (flow) => flow.prebuf()),
  },
  SET_PLAYBACK_STREAM_NAME: {
    verb: 'play',
    carryOut: (client, { channel, name }) =>
      playback(client, channel, (flow) => describe(client, flow, named(flow, name))),
  },
  SET_RECORD_STREAM_NAME: {
    verb: 'record',
    carryOut: (client, { channel, name }) =>
      record(client, channel, (flow) => describe(client, flow, named(flow, name))),
  },
  SET_PLAYBACK_STREAM_BUFFER_ATTR: {
    verb: 'play',
    carryOut: (client, asked) =>
      playback(client, asked.channel, (flow) => wireAttr(flow.setAttr(playbackWishOf(asked)))),
  },
  SET_RECORD_STREAM_BUFFER_ATTR: {
    verb: 'record',
    carryOut: (client, asked) =>
      record(client, asked.channel, (flow) => wireRecordAttr(flow.setAttr(recordWishOf(asked)))),
  },
  UPDATE_PLAYBACK_STREAM_SAMPLE_RATE: {
    verb: 'play',
    carryOut: () => new WeirError('REQUEST_UNSUPPORTED', 'a rate that changes'),
  },
  UPDATE_RECORD_STREAM_SAMPLE_RATE: {
    verb: 'record',
    carryOut: () => new WeirError('REQUEST_UNSUPPORTED', 'a rate that changes'),
  },
  UPDATE_PLAYBACK_STREAM_PROPLIST: {
    verb: 'play',
    carryOut: (client, { channel, mode, properties }) =>
      playback(client, channel, (flow) => describe(client, flow, updated(flow.properties, mode, properties))),
  },
  UPDATE_RECORD_STREAM_PROPLIST: {
    verb: 'record',
    carryOut: (client, { channel, mode, properties }) =>
      record(client, channel, (flow) => describe(client, flow, updated(flow.properties, mode, properties))),
  },
  REMOVE_PLAYBACK_STREAM_PROPLIST: {
    verb: 'play',
    carryOut: (client, { channel, keys }) =>
      playback(client, channel, (flow) => describe(client, flow, without(flow.properties, keys))),
  },
  REMOVE_RECORD_STREAM_PROPLIST: {
    verb: 'record',
    carryOut: (client, { channel, keys }) =>
      record(client, channel, (flow) => describe(client, flow, without(flow.properties, keys))),
  },
};
