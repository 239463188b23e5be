import { describe, expect, test } from 'vitest';
import { viewOf } from '../../../native-shim/library.js';
import { openPrivateRing } from '../../mempool/pool.js';
import { Quota } from '../../mempool/quota.js';
import { emptyStatus, RecordWriter, StatusWriter } from '../../mempool/ring.js';
import { opusAvailable, OpusDecoder } from '../codec/libopus.js';
import { type FeedOrder, type FeedPacket, FeedTenant } from './feed-tenant.js';

const CAPACITY = 8192;
const PACKET = 480;

function feed(wish: Partial<FeedOrder> = {}, frameBytes = 4) {
  const ring = openPrivateRing({ capacityFrames: CAPACITY, frameBytes, direction: 'record' }, new Quota(2 ** 24));
  if (ring instanceof Error) throw ring;
  const { memory } = ring;
  const packets: FeedPacket[] = [];
  const order = { kind: 'feed', memory, rate: 48_000, quantumFrames: 128, packetFrames: PACKET, ...wish } as const;
  const tenant = new FeedTenant(order, {
    tell: (news) => {
      // Posting copies.
      if (news.kind === 'packet') packets.push(structuredClone(news));
      return true;
    },
  });
  const writer = new RecordWriter(memory);
  const bytes = viewOf(memory.samples, CAPACITY * frameBytes);
  /** Frames made by `sample`, interleaved samples of four bytes each. */
  const record = (frames: number, put: (offset: number, frame: number) => void) => {
    for (let i = 0; i < frames; i++) {
      put(writer.offset, writer.frames);
      writer.commit(1);
    }
  };
  const words = new Uint32Array(bytes);
  const floats = new Float32Array(bytes);
  return {
    tenant,
    packets,
    status: new StatusWriter(memory),
    recordNumbers: (frames: number) => record(frames, (at, frame) => (words[at] = frame)),
    recordSine: (frames: number, hz: number) =>
      record(frames, (at, frame) =>
        floats.fill(0.5 * Math.sin((2 * Math.PI * hz * frame) / 48_000), 2 * at, 2 * at + 2),
      ),
  };
}

const numbers = ({ data }: FeedPacket) => Array.from(new Uint32Array(data.slice().buffer));
const count = (from: number, frames: number) => Array.from({ length: frames }, (_, i) => from + i);

describe('a feed of PCM', () => {
  test('is whole packets, each with its position', () => {
    const { tenant, packets, recordNumbers } = feed();
    recordNumbers(479);
    tenant.turn(() => true);
    expect(packets).toEqual([]);
    recordNumbers(1000);
    tenant.turn(() => true);
    expect(packets.map(({ frame, frames }) => [frame, frames])).toEqual([
      [0, 480],
      [480, 480],
      [960, 480],
    ]);
    for (const packet of packets) expect(numbers(packet)).toEqual(count(packet.frame, 480));
  });

  test('goes on at the live edge when nobody asked it for long; what was lost is a gap in the positions', () => {
    const { tenant, packets, recordNumbers } = feed();
    recordNumbers(480);
    tenant.turn(() => true);
    recordNumbers(3 * CAPACITY);
    tenant.turn(() => true);
    recordNumbers(960);
    tenant.turn(() => true);
    for (const packet of packets) expect(numbers(packet)).toEqual(count(packet.frame, 480));
    expect(packets.map(({ frame }) => frame)).toEqual([0, 480 + 3 * CAPACITY, 960 + 3 * CAPACITY]);
  });

  test('says when the first frame was mixed, reckoned from the frame that the engine had come to', () => {
    const { tenant, packets, status, recordNumbers } = feed();
    recordNumbers(480);
    tenant.turn(() => true);
    recordNumbers(960);
    status.write({ ...emptyStatus(), frame: 1440, timeNs: 5_000_000_000, quantumFrames: 128 });
    tenant.turn(() => true);
    expect(packets.map(({ captureUs }) => captureUs)).toEqual([0, 4_980_000, 4_990_000]);
  });
});

describe.runIf(opusAvailable)('a feed of Opus', () => {
  test.each([
    [120, true],
    [240, true],
    [480, false],
    [960, false],
  ])('in packets of %d frames, low delay %s, is the sound that was recorded', (packetFrames, lowDelay) => {
    const opus = { channels: 2, bitrate: 128_000, lowDelay };
    const { tenant, packets, recordSine } = feed({ packetFrames, opus }, 8);
    for (let i = 0; i < 20; i++) {
      recordSine(960, 1000);
      tenant.turn(() => true);
    }
    tenant.close();
    expect(packets).toHaveLength(19_200 / packetFrames);
    using decoder = OpusDecoder.open(2);
    let power = 0;
    let samples = 0;
    for (const { data, frame } of packets) {
      const pcm = decoder?.decode(data) ?? new Float32Array();
      expect(pcm).toHaveLength(2 * packetFrames);
      if (frame < 4800) continue;
      for (const sample of pcm) power += sample * sample;
      samples += pcm.length;
    }
    expect(power / samples).toBeCloseTo(0.125, 1);
  });

  test('knows that what a packet decodes to was mixed before what went into it', () => {
    const opus = { channels: 2, bitrate: 128_000, lowDelay: true };
    const { tenant, packets, status, recordSine } = feed({ packetFrames: 960, opus }, 8);
    recordSine(960, 1000);
    status.write({ ...emptyStatus(), frame: 960, timeNs: 5_000_000_000, quantumFrames: 128 });
    tenant.turn(() => true);
    tenant.close();
    // 120 frames of look-ahead are 2.5 ms.
    expect(packets.map(({ captureUs }) => captureUs)).toEqual([4_977_500]);
  });
});
