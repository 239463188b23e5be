import { PROPLIST_LIMITS } from '../../../server/carrier/pulse/wire/limits.js';
import type { RequestBody, CommandName } from '../../../server/carrier/pulse/wire/requests.js';
import { SEEK } from '../../../server/carrier/pulse/wire/numbers.js';
import type { Attack } from '../../hostile/attack.js';
import { shrinkBuffers } from '../../hostile/libc.js';
import { frame, repeated, requestFrame } from '../frames.js';
import { playing, recording } from '../opening.js';
import { RawPulse, sleepMs } from '../raw-pulse.js';

const FLOOD_MS = 1200;
/** By hand: WEIR_FLOOD_MS=60000. */
const SEEKS_MS = Number(process.env.WEIR_FLOOD_MS ?? 3000);
const STREAMS = 64;
/** Connections that have these among them. */
const SEEKERS = 4;
/** Where the bystander plays. */
const HALL = { index: undefined, name: 'hall' };
const UNREAD_LIMIT_MS = 20_000;
/** Little at once: a flood waits in its own socket, and what waits there is served before the last question is. */
const FRAMES_AT_ONCE = 20;
const BYTES_AT_ONCE = 1024;

/** Sends these over and over, as fast as the server takes them; whether it is still there then. */
function flood(client: RawPulse, bytes: Uint8Array, forMs = FLOOD_MS): boolean {
  shrinkBuffers(client.fd);
  client.readsWhileSending = true;
  const end = performance.now() + forMs;
  // Whole frames, however long they take: half of one would be another attack.
  while (performance.now() < end && client.send(bytes)) client.listen(0.5);
  return client.alive;
}

const requests =
  <N extends CommandName>(name: N, body: RequestBody<N>, prepare?: (client: RawPulse) => unknown): Attack =>
  (socket) => {
    const client = RawPulse.greeted(socket);
    prepare?.(client);
    const request = requestFrame(name, 9, body);
    return flood(client, repeated(request, Math.ceil(BYTES_AT_ONCE / request.length)));
  };

/** Streams that play at 192 kHz beside the bystander's, or as many as are to be had. */
function openMany(
  client: RawPulse,
  changes: Partial<RequestBody<'CREATE_PLAYBACK_STREAM'>> = {},
  count = STREAMS,
): number[] {
  const channels: number[] = [];
  const spec = { format: 's16le', channels: 2, rate: 192_000 } as const;
  for (let i = 0; i < count; i++) {
    const opened = client.ask(
      'CREATE_PLAYBACK_STREAM',
      playing({ spec, sink: HALL, prebufBytes: 0, syncId: i, ...changes }),
    );
    if (typeof opened === 'string') break;
    channels.push(opened.channel);
  }
  return channels;
}

/** What kills PulseAudio within seconds: full buffers, and four bytes at the read index and at 0, again and again. */
function seeks(socket: string): unknown {
  const block = new Uint8Array(4);
  const all = (channel: number): Buffer[] => [
    frame(block, { channel, flags: SEEK.RELATIVE_ON_READ }),
    frame(block, { channel, flags: SEEK.ABSOLUTE }),
  ];
  const attackers = Array.from({ length: SEEKERS }, () => {
    const client = RawPulse.greeted(socket);
    const channels = openMany(client, { targetLengthBytes: 128 * 1024, adjustLatency: false }, STREAMS / SEEKERS);
    for (const channel of channels) client.send(frame(new Uint8Array(128 * 1024), { channel }));
    return { client, channels, seeks: Buffer.concat(channels.flatMap(all)) };
  });
  const end = performance.now() + SEEKS_MS;
  while (performance.now() < end) for (const { client, seeks: flooded } of attackers) flood(client, flooded, 1);
  const streams = attackers.reduce((sum, { channels }) => sum + channels.length, 0);
  return { streams, alive: attackers.every(({ client }) => client.alive) };
}

/** Each block of one is looked at by all of its group. */
function groupedBlocks(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const [channel = 0] = openMany(client, { syncId: 1 });
  return flood(client, repeated(frame(new Uint8Array(4), { channel }), FRAMES_AT_ONCE));
}

/** Asks its output for the shortest quantum and the longest, in turn. */
function seesaw(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const [channel = 0] = openMany(client);
  const wish = {
    channel,
    maxLengthBytes: undefined,
    prebufBytes: 0,
    minRequestBytes: undefined,
    adjustLatency: true,
    earlyRequests: false,
  };
  const [short, long] = [2000, 2_000_000].map((targetLengthBytes) =>
    requestFrame('SET_PLAYBACK_STREAM_BUFFER_ATTR', 9, { ...wish, targetLengthBytes }),
  );
  return flood(client, repeated(Buffer.concat([short ?? block0, long ?? block0]), FRAMES_AT_ONCE));
}
const block0 = Buffer.alloc(0);

/** Every channel of sound there is, a frame a fragment. */
function smallFragments(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const spec = { format: 'u8', channels: 1, rate: 192_000 } as const;
  let opened = 0;
  while (opened < STREAMS && client.word('CREATE_RECORD_STREAM', recording({ spec, fragmentBytes: 1 })) === 'done')
    opened++;
  client.listen(FLOOD_MS);
  return { opened: opened > 0, alive: client.alive };
}

/** Drains that never come to an end, since the stream is corked. */
function drains(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const { channel } = client.must('CREATE_PLAYBACK_STREAM', playing({ corked: true }));
  client.send(frame(new Uint8Array(4096), { channel }));
  const first = client.tell('DRAIN_PLAYBACK_STREAM', { channel });
  for (let i = 0; i < 100; i++) client.tell('DRAIN_PLAYBACK_STREAM', { channel });
  const last = client.word('DRAIN_PLAYBACK_STREAM', { channel });
  client.must('DELETE_PLAYBACK_STREAM', { channel });
  return { last, firstTold: first >= 0, alive: client.alive };
}

/** Comes and goes as a stream, as fast as it can. */
function streams(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const both = Buffer.concat([
    requestFrame('CREATE_PLAYBACK_STREAM', 9, playing({ sink: HALL })),
    requestFrame('DELETE_PLAYBACK_STREAM', 9, { channel: 0 }),
  ]);
  return flood(client, repeated(both, FRAMES_AT_ONCE));
}

/** As many as one connection may have, and one more. */
function manyStreams(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const open = (syncId: number) => client.word('CREATE_PLAYBACK_STREAM', playing({ sink: HALL, syncId }));
  let opened = 0;
  let then = open(opened);
  while (then === 'done') then = open(++opened);
  return { opened, then, records: client.word('CREATE_RECORD_STREAM', recording()) };
}

/** Room for a sample, begun and left. */
function uploads(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const upload = { name: 'x', spec: playing().spec, map: [1, 2], lengthBytes: 1024 * 1024, properties: new Map() };
  const both = Buffer.concat([
    requestFrame('CREATE_UPLOAD_STREAM', 9, upload),
    requestFrame('DELETE_UPLOAD_STREAM', 9, { channel: 0 }),
  ]);
  return flood(client, repeated(both, FRAMES_AT_ONCE));
}

/** What is said of a sample that never comes takes memory as well. */
function fatUpload(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const bytes = () => client.must('STAT', undefined).bytes;
  const before = bytes();
  const { spec } = playing();
  const asked = { name: 'x', spec, map: [1, 2], lengthBytes: 4, properties: fat() };
  const { channel } = client.must('CREATE_UPLOAD_STREAM', asked);
  const counted = bytes() - before > PROPLIST_LIMITS.bytes / 2;
  client.must('DELETE_UPLOAD_STREAM', { channel });
  return { counted, back: bytes() === before };
}

const fat = (): Map<string, Uint8Array> =>
  new Map([
    ['application.icon', Buffer.alloc(60_000, 0x61)],
    ['media.icon', Buffer.alloc(PROPLIST_LIMITS.bytes - 61_000, 0x61)],
  ]);

/** As much as may be said of as many things as there may be: others who list them must not choke on it. */
function fatProperties(socket: string): unknown {
  const clients = Array.from({ length: 40 }, () => RawPulse.greeted(socket));
  const answers = new Set<string>();
  for (const client of clients) answers.add(client.word('UPDATE_CLIENT_PROPLIST', { mode: 2, properties: fat() }));
  const [hoarder = RawPulse.greeted(socket)] = clients;
  for (let i = 0; i < STREAMS; i++)
    answers.add(hoarder.word('CREATE_PLAYBACK_STREAM', playing({ properties: fat(), syncId: i })));
  for (let i = 0; i < STREAMS; i++) answers.add(hoarder.word('CREATE_RECORD_STREAM', recording({ properties: fat() })));
  const honest = RawPulse.greeted(socket);
  const lists = [
    honest.word('GET_CLIENT_INFO_LIST', undefined),
    honest.word('GET_SINK_INPUT_INFO_LIST', undefined),
    honest.word('GET_SOURCE_OUTPUT_INFO_LIST', undefined),
  ];
  return { answers: [...answers].sort(), lists, alive: honest.alive };
}

/** Changes what it says of itself all the time, and others want to know of every change. */
function events(socket: string): unknown {
  const watchers = Array.from({ length: 8 }, () => RawPulse.greeted(socket));
  for (const watcher of watchers) watcher.must('SUBSCRIBE', { mask: 0x2ff });
  const client = RawPulse.greeted(socket);
  const change = (value: string) =>
    requestFrame('UPDATE_CLIENT_PROPLIST', 9, { mode: 2, properties: new Map([['x', Buffer.from(`${value}\0`)]]) });
  const alive = flood(client, repeated(Buffer.concat([change('a'), change('b')]), FRAMES_AT_ONCE));
  const [watcher = client] = watchers;
  const watching = watcher.alive;
  const told = watcher.heard.filter((what) => what === 'SUBSCRIBE_EVENT').length;
  return { alive, watching, told: told > 0, bounded: told < 1000 };
}

/** Asks for long lists, and reads none of them. */
function neverReads(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  client.must('SUBSCRIBE', { mask: 0x2ff });
  openMany(client, { sink: { index: undefined, name: undefined } });
  const question = repeated(requestFrame('GET_SINK_INPUT_INFO_LIST', 9, undefined), FRAMES_AT_ONCE);
  let taken = 0;
  while (taken < 1000 && client.send(question, [], 1500)) taken++;
  return { held: taken < 1000 };
}

/** Listens to all there is and reads nothing of it; then it does. */
function neverListens(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const spec = { format: 'float32le', channels: 8, rate: 192_000 } as const;
  let opened = 0;
  while (opened < 8 && client.word('CREATE_RECORD_STREAM', recording({ spec })) === 'done') opened++;
  sleepMs(1500);
  return { opened: opened > 0, alive: client.alive };
}

/** A header, byte by byte, and never what it announces. */
function slowLoris(socket: string): unknown {
  const began = performance.now();
  const client = new RawPulse(socket);
  for (const byte of [0, 0, 0, 20]) {
    client.send(Uint8Array.of(byte));
    sleepMs(100);
  }
  const ended = client.awaitEnd(UNREAD_LIMIT_MS);
  return { ended, soon: performance.now() - began < 10_000 };
}

/** Numbers from the ends of what the protocol can say. */
function extremes(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const most = 0xffff_fffe;
  const wide = { format: 'float32le', channels: 32, rate: 48_000 } as const;
  const slow = { format: 'u8', channels: 1, rate: 1 } as const;
  const fast = { format: 'u8', channels: 1, rate: 768_000 } as const;
  const attrs = [0, 1, 3, most].map((value) => ({
    maxLengthBytes: value,
    targetLengthBytes: value,
    prebufBytes: value,
    minRequestBytes: value,
  }));
  const { channel } = client.must('CREATE_PLAYBACK_STREAM', playing());
  const far = [2n ** 62n, -(2n ** 62n), 2n ** 40n, -(2n ** 40n)];
  for (const offset of far)
    for (const flags of [0, 1, 2, 3]) client.send(frame(new Uint8Array(4096), { channel, offset, flags }));
  return {
    wide: client.word('CREATE_PLAYBACK_STREAM', playing({ spec: wide })),
    slow: client.word('CREATE_PLAYBACK_STREAM', playing({ spec: slow })),
    fast: client.word('CREATE_RECORD_STREAM', recording({ spec: fast })),
    attrs: attrs.map((attr) => client.word('CREATE_PLAYBACK_STREAM', playing(attr))),
    fragments: [0, 1, most].map((fragmentBytes) =>
      client.word('CREATE_RECORD_STREAM', recording({ fragmentBytes, maxLengthBytes: fragmentBytes })),
    ),
    latency: client.word('GET_PLAYBACK_LATENCY', { channel, clientTimeUs: (2 ** 32 - 1) * 1e6 }),
    alive: client.alive,
  };
}

export const floodAttacks = {
  'legal seeks': seeks,
  'blocks of a group': groupedBlocks,
  'a seesaw of latencies': seesaw,
  'the smallest fragments': smallFragments,
  'drains without end': drains,
  'streams that come and go': streams,
  'more streams than there may be': manyStreams,
  'uploads that are never made': uploads,
  'an upload with fat properties': fatUpload,
  'fat properties': fatProperties,
  'changes that many watch': events,
  'lists never read': neverReads,
  'sound never read': neverListens,
  'a slow header': slowLoris,
  'numbers from the ends': extremes,
  'a flood of questions': requests('STAT', undefined),
  'a flood of lists': requests('GET_SINK_INPUT_INFO_LIST', undefined, (client) => openMany(client, {}, 8)),
  'a flood of subscriptions': requests('SUBSCRIBE', { mask: 0x2ff }),
  'a flood of names': requests('UPDATE_CLIENT_PROPLIST', { mode: 2, properties: fat() }),
} satisfies Record<string, Attack>;
