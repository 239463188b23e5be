import { setTimeout as sleep } from 'node:timers/promises';
import { weir } from '#proto';
import { OPUS_RATE, OpusEncoder } from '../server/stream/codec/libopus.js';
import { joinCrowd } from './crowd-client.js';

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
  const wish = { direction: weir.v1.Direction.PLAYBACK, device: 'null', live: true };
  const { stream, say } = await joinCrowd(url, 'speaker', wish, () => {});
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
