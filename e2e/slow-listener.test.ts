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

const frameOf = (body: weir.v1.ClientMessage.$Properties) => weir.v1.ClientMessage.encode(body).finish();

test('a listener whose network is away for a second gets little of what was, is told, and is at the live edge', async () => {
  await using server = await startServer({ devices: ['null:hall'] });
  const socket = new WebSocket(server.url.replace('http', 'ws').replace(/\/?$/, '/ws'), { origin: server.url });
  const packets: { frame: number; atMs: number }[] = [];
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
    const at = packets.findIndex(({ frame }, i) => i >= before && frame > (packets[i - 1]?.frame ?? 0) + PACKET_FRAMES);
    return at < 0 ? undefined : at;
  });
  const [last, next] = [packets[live - 1], packets[live]];
  const backlogMs = (((last?.frame ?? 0) - lastBefore) / PACKET_FRAMES) * PACKET_MS;
  const goneMs = (((next?.frame ?? 0) - (last?.frame ?? 0)) / PACKET_FRAMES - 1) * PACKET_MS;
  expect(backlogMs).toBeLessThan(BACKLOG_LIMIT_MS);
  expect(goneMs).toBeGreaterThan(OUTAGE_MS - BACKLOG_LIMIT_MS);
  // Without another ping's round it would take a heartbeat more.
  expect((next?.atMs ?? Infinity) - resumedMs).toBeLessThan(450);
  await eventually('it is told', () => (droppedFrames > 0 ? true : undefined));
  expect(droppedFrames).toBe((goneMs / PACKET_MS) * PACKET_FRAMES);
  socket.close();
}, 60_000);
