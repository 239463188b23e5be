import { weir } from '#proto';
import { frameOf } from '../../native-shim/client/framing.js';
import { LIMIT_BOUNDS } from '../../server/config/schema.js';
import { FRAME_BYTES } from '../counter.js';
import type { Attack } from './attack.js';
import { RawClient, sleepMs } from './raw-client.js';
import { opening } from './ring-attacks.js';

/** More than all clients together may be. */
const CONNECTIONS = LIMIT_BOUNDS.clients.usual + 50;
const STREAMS = 200;
const UNREAD_MS = 20_000;
const COPIES = { transport: weir.v1.Transport.COPIES };

function repeated(message: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(message.length * times);
  for (let i = 0; i < times; i++) all.set(message, i * message.length);
  return all;
}

/** As many requests as the socket takes. */
function requests(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const pings = repeated(frameOf({ requestId: 1, clockPing: { t1Us: 1 } }), 1000);
  for (let i = 0; i < 20 && client.send(pings); i++);
  return client.awaitEnd();
}

function openCopies(client: RawClient, changes: weir.v1.OpenStream.$Properties = {}): number {
  const answer = client.request({ openStream: opening('playback', { ...COPIES, ...changes }) });
  if (answer?.body !== 'streamOpened') throw new Error('no stream');
  return answer.streamOpened.stream ?? 0;
}

/** Audio of one frame a packet. */
function packets(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const stream = openCopies(client);
  const audio = repeated(frameOf({ audio: { stream, frame: 0, data: new Uint8Array(FRAME_BYTES) } }), 1000);
  for (let i = 0; i < 100 && client.send(audio); i++);
  return client.awaitEnd();
}

/** Half a minute of sound at once. */
function ignoredGrants(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const stream = openCopies(client);
  const frames = 24_000;
  const data = new Uint8Array(frames * FRAME_BYTES).fill(99);
  for (let i = 0; i < 60; i++) client.tell({ audio: { stream, frame: i * frames, data } });
  const told = client.await(
    ({ body, streamEvent }) => body === 'streamEvent' && streamEvent.kind === weir.v1.StreamEvent.Kind.DROPPED,
  );
  return { dropped: told?.body === 'streamEvent' ? told.streamEvent.code : undefined, alive: client.alive };
}

/** Streams until there are no more, then such that need more memory than it may have. */
function streams(socket: string): unknown {
  const client = RawClient.greeted(socket);
  let answer = '';
  let opened = 0;
  for (; opened < STREAMS; opened++) {
    answer = client.ask({ openStream: opening(opened % 2 === 0 ? 'playback' : 'record') });
    if (answer !== 'streamOpened') break;
  }
  const hungry = RawClient.greeted(socket);
  const large = { format: weir.v1.SampleFormat.F32, rate: 192_000, channels: 8, latencyUs: 2_000_000 };
  return { opened, answer, large: hungry.ask({ openStream: opening('playback', large) }) };
}

/** Takes every place there is and says nothing; keeps coming. */
function connections(socket: string): unknown {
  const clients: RawClient[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    clients.push(new RawClient(socket));
    if (i % 50 === 49) sleepMs(50);
  }
  const count: Record<string, number> = {};
  for (const client of clients) {
    const words = client.awaitEnd();
    count[words] = (count[words] ?? 0) + 1;
  }
  return Object.keys(count).sort();
}

/** Asks and asks, and never reads an answer. */
function neverReads(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const question = frameOf({ requestId: 1, subscribe: { state: true, metersHz: 60 } });
  const end = performance.now() + UNREAD_MS;
  for (let asked = 1; performance.now() < end; asked++) {
    if (!client.send(question)) return { ended: true };
    sleepMs(1);
  }
  return { ended: false };
}

/** Listens to much and reads nothing; then it looks. */
function neverListens(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const wide = { ...COPIES, format: weir.v1.SampleFormat.F32, channels: 8, latencyUs: 10_000 };
  for (let i = 0; i < 4; i++) client.ask({ openStream: opening('record', wide) });
  sleepMs(2000);
  const told = client.await(
    ({ body, streamEvent }) => body === 'streamEvent' && streamEvent.kind === weir.v1.StreamEvent.Kind.DROPPED,
  );
  return { dropped: told?.body === 'streamEvent' ? told.streamEvent.code : undefined, alive: client.alive };
}

/** Comes, opens something and is gone without a word, again and again. */
function comeAndGo(socket: string): unknown {
  let came = 0;
  for (; came < 150; came++) {
    const client = RawClient.greeted(socket);
    client.ask({ openStream: opening(came % 2 === 0 ? 'playback' : 'record') });
    client.close();
  }
  return came;
}

export const floodAttacks = {
  'a flood of requests': requests,
  'a flood of packets': packets,
  'a flood of streams': streams,
  'a flood of connections': connections,
  'ignored grants': ignoredGrants,
  'answers never read': neverReads,
  'sound never read': neverListens,
  'come and go': comeAndGo,
} satisfies Record<string, Attack>;
