import type { RequestBody } from '../../../server/carrier/pulse/wire/requests.js';
import type { Attack } from '../../hostile/attack.js';
import { proplistOf } from '../../../server/carrier/pulse/wire/values/proplist.js';
import { playing, recording } from '../opening.js';
import { RawPulse } from '../raw-pulse.js';

/** Streams and clients are numbered from 1; these are the first that there could be. */
const NUMBERS = Array.from({ length: 64 }, (_, i) => i + 1);
/** Longer than the house's news take. */
const NEWS_MS = 1000;

const byName = (name: string | undefined) => ({ index: undefined, name });
const byIndex = (index: number) => ({ index, name: undefined });

/** Every way in which PulseAudio lets a source be named. */
const SPELLINGS: readonly Partial<RequestBody<'CREATE_RECORD_STREAM'>>[] = [
  { source: byName(undefined) },
  { source: byName('hall.monitor') },
  { source: byName('yard.monitor') },
  { source: byName('0') },
  { source: byName('1') },
  { source: byIndex(0) },
  { source: byIndex(1) },
  { source: byName('@DEFAULT_SOURCE@') },
  { source: byName('@DEFAULT_MONITOR@') },
  { source: byName('0'), peakDetect: true, spec: { format: 'float32le', channels: 1, rate: 25 } },
  { source: byIndex(0), formats: [{ encoding: 1, properties: new Map() }] },
  ...NUMBERS.slice(0, 8).map((directOnInput) => ({ directOnInput })),
];

/** The words that something is answered with, over all numbers that somebody could have. */
function words(numbers: readonly number[], ask: (number: number) => string): string[] {
  return [...new Set(numbers.map(ask))].sort();
}

/** All that it could find out of others or do to them. */
function peek(socket: string): unknown {
  const client = RawPulse.greeted(socket, { name: 'Weir itself' });
  // What it says of itself makes no difference.
  client.must('UPDATE_CLIENT_PROPLIST', {
    mode: 2,
    properties: proplistOf({
      'application.process.id': '1',
      'pipewire.access.portal.is_portal': 'true',
      'media.role': 'abstract',
    }),
  });
  client.must('SUBSCRIBE', { mask: 0x2ff });
  const own = client.must('CREATE_PLAYBACK_STREAM', playing());
  const others = NUMBERS.filter((number) => number !== own.sinkInput);
  const clients = client.must('GET_CLIENT_INFO_LIST', undefined);
  const [self] = clients;
  const strangers = NUMBERS.filter((number) => number !== self?.index);
  const loud = [0x1_0000, 0x1_0000];
  const hall = byName('hall');
  const yard = byName('yard');
  const report = {
    lists: {
      sinks: client.must('GET_SINK_INFO_LIST', undefined).map(({ name }) => name),
      sources: client.must('GET_SOURCE_INFO_LIST', undefined).length,
      clients: clients.length,
      sinkInputs: client.must('GET_SINK_INPUT_INFO_LIST', undefined).map(({ index }) => index === own.sinkInput),
      sourceOutputs: client.must('GET_SOURCE_OUTPUT_INFO_LIST', undefined).length,
    },
    hidden: {
      sink: client.word('GET_SINK_INFO', { device: hall }),
      source: client.word('GET_SOURCE_INFO', { device: byIndex(0) }),
      lookup: client.word('LOOKUP_SINK', { name: 'hall' }),
      clients: words(strangers, (index) => client.word('GET_CLIENT_INFO', { index })),
      sinkInputs: words(others, (index) => client.word('GET_SINK_INPUT_INFO', { index })),
      sourceOutputs: words(NUMBERS, (index) => client.word('GET_SOURCE_OUTPUT_INFO', { index })),
    },
    record: words(
      SPELLINGS.map((_, i) => i),
      (i) => client.word('CREATE_RECORD_STREAM', recording(SPELLINGS[i])),
    ),
    others: {
      volume: words(others, (index) => client.word('SET_SINK_INPUT_VOLUME', { index, volume: loud })),
      mute: words(others, (index) => client.word('SET_SINK_INPUT_MUTE', { index, muted: true })),
      kill: words(others, (index) => client.word('KILL_SINK_INPUT', { index })),
      killClient: words(strangers, (index) => client.word('KILL_CLIENT', { index })),
      move: words(others, (index) => client.word('MOVE_SINK_INPUT', { index, device: yard })),
      moveRecord: words(NUMBERS, (index) =>
        client.word('MOVE_SOURCE_OUTPUT', { index, device: byName('yard.monitor') }),
      ),
      recordVolume: words(NUMBERS, (index) => client.word('SET_SOURCE_OUTPUT_VOLUME', { index, volume: loud })),
      recordMute: words(NUMBERS, (index) => client.word('SET_SOURCE_OUTPUT_MUTE', { index, muted: true })),
      killRecord: words(NUMBERS, (index) => client.word('KILL_SOURCE_OUTPUT', { index })),
    },
    house: {
      sinkVolume: client.word('SET_SINK_VOLUME', { device: yard, volume: loud }),
      sinkMute: client.word('SET_SINK_MUTE', { device: yard, muted: true }),
      sourceVolume: client.word('SET_SOURCE_VOLUME', { device: byName('yard.monitor'), volume: loud }),
      sourceMute: client.word('SET_SOURCE_MUTE', { device: byName('yard.monitor'), muted: true }),
      suspend: client.word('SUSPEND_SINK', { device: byName(''), suspended: true }),
      suspendSource: client.word('SUSPEND_SOURCE', { device: byName(''), suspended: true }),
      default: client.word('SET_DEFAULT_SINK', { name: 'yard' }),
      defaultSource: client.word('SET_DEFAULT_SOURCE', { name: 'yard.monitor' }),
      profile: client.word('SET_CARD_PROFILE', { device: byIndex(0), profile: 'off' }),
      port: client.word('SET_SINK_PORT', { device: yard, port: 'speaker' }),
      unload: client.word('UNLOAD_MODULE', { index: 0 }),
      load: client.word('LOAD_MODULE', { name: 'module-pipe-sink', arguments: undefined }),
      exit: client.word('EXIT', undefined),
      sample: client.word('REMOVE_SAMPLE', { name: 'bell' }),
    },
    own: {
      volume: client.word('SET_SINK_INPUT_VOLUME', { index: own.sinkInput, volume: loud }),
      mute: client.word('SET_SINK_INPUT_MUTE', { index: own.sinkInput, muted: true }),
      delete: client.word('DELETE_PLAYBACK_STREAM', { channel: own.channel }),
    },
    elsewhere: client.word('CREATE_PLAYBACK_STREAM', playing({ sink: hall })),
  };
  // Its own are told by now.
  client.listen(NEWS_MS);
  client.heard.length = 0;
  client.listen(NEWS_MS);
  return { ...report, news: client.heard.length, alive: client.alive };
}

/** Cannot even connect, or is let no further than the door. */
function knock(socket: string): unknown {
  try {
    const client = new RawPulse(socket);
    return client.awaitEnd(2000) ? 'ended' : 'let in';
  } catch (error) {
    return String(error);
  }
}

export const accessAttacks = { peek, knock } satisfies Record<string, Attack>;
