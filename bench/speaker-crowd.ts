import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { weir } from '#proto';
import { OPUS_RATE, OpusEncoder } from '../server/stream/codec/libopus.js';

// One process of the `speakers` case: COUNT clients that each send a tone live, by Opus of 20 ms, for as long as they may.

const PACKET_MS = 20;
const PACKET_FRAMES = (OPUS_RATE * PACKET_MS) / 1000;
const BITRATE = 64_000;
/** A second of sound, encoded once and sent over and over. */
const PACKETS = 50;

function encoded(): Uint8Array[] {
  using encoder = OpusEncoder.open({ channels: 2, bitrate: BITRATE, lowDelay: false });
  if (!encoder) throw new Error('no libopus');
  return Array.from({ length: PACKETS }, (_, packet) => {
    const pcm = Float32Array.from({ length: PACKET_FRAMES * 2 }, (_, i) => {
      const seconds = packet / PACKETS + (i >> 1) / OPUS_RATE;
      return 0.005 * (Math.sin(2 * Math.PI * 220 * seconds) + Math.sin(2 * Math.PI * 1870 * seconds));
    });
    return encoder.encode(pcm, PACKET_FRAMES)?.slice() ?? new Uint8Array();
  });
}

async function openSpeaker(url: string, packets: readonly Uint8Array[]): Promise<(packet: number) => void> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const say = (body: weir.v1.IClientMessage): void => socket.send(weir.v1.ClientMessage.encode(body).finish());
  const opened = new Promise<number>((settle, fail) => {
    socket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return;
      const { streamOpened, failure } = weir.v1.ServerMessage.decode(data);
      if (streamOpened?.codec === weir.v1.Codec.OPUS) settle(streamOpened.stream ?? 0);
      else if (streamOpened || failure) fail(new Error(failure?.what ?? 'no Opus to be had'));
    });
  });
  say({ requestId: 1, hello: { major: 1, minor: 0, name: 'speaker' } });
  say({
    requestId: 2,
    openStream: {
      id: randomBytes(16),
      direction: weir.v1.Direction.PLAYBACK,
      transport: weir.v1.Transport.COPIES,
      name: 'crowd',
      device: 'null',
      format: weir.v1.SampleFormat.F32,
      rate: OPUS_RATE,
      channels: 2,
      codec: weir.v1.Codec.OPUS,
      live: true,
    },
  });
  const stream = await opened;
  return (packet) => {
    say({ audio: { stream, frame: packet * PACKET_FRAMES, data: packets[packet % PACKETS] ?? new Uint8Array() } });
  };
}

async function main(url: string, count: number): Promise<void> {
  const packets = encoded();
  const speakers: ((packet: number) => void)[] = [];
  for (let i = 0; i < count; i++) speakers.push(await openSpeaker(url, packets));
  process.send?.('speaking');
  const startMs = performance.now();
  // Each at its own moment, as clients are: one after the other through every packet's time.
  for (let turn = 0; ; turn++) {
    speakers[turn % count]?.(Math.floor(turn / count));
    const dueMs = startMs + ((turn + 1) * PACKET_MS) / count;
    if (dueMs > performance.now()) await sleep(dueMs - performance.now());
  }
}

const [url = '', count = ''] = process.argv.slice(2);
await main(url, Number(count));
