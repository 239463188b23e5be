import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import { weir } from '#proto';
import { eventually } from './eventually.js';
import { startServer } from './server.js';

const PACKET_FRAMES = 960;
const PACKET_MS = 20;
const OUTAGE_MS = 1200;
/** UNREAD_SOUND_LIMIT_MS, what was sent since the last ping, and a busy machine. */
const BACKLOG_LIMIT_MS = 900;

/** Back at the live edge, on a busy machine too. */
const LIVE_LIMIT_MS = 2000;

interface Heard {
  readonly frame: number;
  readonly atMs: number;
}

/** Frames that never came between this packet and the one before it. */
function goneBefore(packets: readonly Heard[], i: number): number {
  const [last, next] = [packets[i - 1], packets[i]];
  return last && next ? next.frame - last.frame - PACKET_FRAMES : 0;
}

const frameOf = (body: weir.v1.ClientMessage.$Properties) => weir.v1.ClientMessage.encode(body).finish();

test('a listener whose network is away for a second gets little of what was, is told, and is at the live edge', async () => {
  await using server = await startServer({ devices: ['null:hall'] });
  const socket = new WebSocket(server.url.replace('http', 'ws').replace(/\/?$/, '/ws'), { origin: server.url });
  const packets: Heard[] = [];
  let droppedFrames = 0;
  socket.on('message', (bytes: Buffer) => {
    const { audio, streamEvent } = weir.v1.ServerMessage.decode(bytes);
    if (audio) packets.push({ frame: audio.frame ?? 0, atMs: performance.now() });
    if (streamEvent?.code === 'READER_STALLED') droppedFrames += streamEvent.frames ?? 0;
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(frameOf({ hello: { major: 1, minor: 0, name: 'far' } }));
  socket.send(
    frameOf({
      requestId: 2,
      openStream: {
        id: randomBytes(16),
        direction: weir.v1.Direction.RECORD,
        device: 'hall.monitor',
        format: weir.v1.SampleFormat.S16,
        rate: 48_000,
        channels: 2,
        transport: weir.v1.Transport.COPIES,
        codec: weir.v1.Codec.OPUS,
      },
    }),
  );
  await eventually('sound', () => packets[50]);
  socket.pause();
  await sleep(OUTAGE_MS);
  const before = packets.length;
  const resumedMs = performance.now();
  socket.resume();
  const { frame: lastBefore = 0 } = packets[before - 1] ?? {};
  const live = await eventually('the gap', () => {
    const at = packets.findIndex((_, i) => i >= before && goneBefore(packets, i) > 0);
    return at < 0 ? undefined : at;
  });
  const [last, next] = [packets[live - 1], packets[live]];
  const backlogMs = (((last?.frame ?? 0) - lastBefore) / PACKET_FRAMES) * PACKET_MS;
  const goneMs = (goneBefore(packets, live) / PACKET_FRAMES) * PACKET_MS;
  expect(backlogMs).toBeLessThan(BACKLOG_LIMIT_MS);
  expect(goneMs).toBeGreaterThan(OUTAGE_MS - BACKLOG_LIMIT_MS);
  expect((next?.atMs ?? Infinity) - resumedMs).toBeLessThan(LIVE_LIMIT_MS);
  // A busy machine may hold this listener up once more: each gap is told, and nothing else.
  const gone = (): number => packets.reduce((sum, _, i) => sum + goneBefore(packets, i), 0);
  await eventually('all that is gone is told', () => (droppedFrames === gone() ? true : undefined));
  expect(droppedFrames).toBeGreaterThan(0);
  socket.close();
}, 60_000);
