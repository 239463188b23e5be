import { describe, expect, test } from 'vitest';
import { CHANNELS, LISTEN_LIMITS } from '../limits.js';
import { PacketQueue, queueMemory, type PacketHead } from './packet-queue.js';

const head = (frame: number): PacketHead => ({
  life: 2,
  frame,
  contextFrame: frame + 2 ** 40,
  streamFrame: frame - 0.25,
  rates: 1.0003,
  targetFrames: 700.5,
});
const packet = (frame: number, frames: number): Float32Array =>
  Float32Array.from({ length: frames * CHANNELS }, (_, i) => frame + i);

function ends(): { writer: PacketQueue; reader: PacketQueue } {
  const memory = queueMemory();
  return { writer: new PacketQueue(memory), reader: new PacketQueue(memory) };
}

function readAll(reader: PacketQueue): [PacketHead, number[]][] {
  const read: [PacketHead, number[]][] = [];
  reader.read((of, samples) => read.push([of, [...samples]]));
  return read;
}

describe('packets between two threads', () => {
  test('arrive in order with all that was said of them, however often the memory went round', () => {
    const { writer, reader } = ends();
    for (let frame = 0; frame < 5 * LISTEN_LIMITS.queuedFrames; frame += 700) {
      expect(writer.write(head(frame), packet(frame, 400))).toBe(true);
      expect(writer.write(head(frame + 400), packet(frame + 400, 300))).toBe(true);
      expect(readAll(reader)).toEqual([
        [head(frame), [...packet(frame, 400)]],
        [head(frame + 400), [...packet(frame + 400, 300)]],
      ]);
    }
    expect(readAll(reader)).toEqual([]);
  });

  test('what finds no room is refused whole: too many packets, too many frames, one too long', () => {
    const { writer, reader } = ends();
    for (let i = 0; i < LISTEN_LIMITS.queuedPackets; i++) expect(writer.write(head(i), packet(i, 1))).toBe(true);
    expect(writer.write(head(0), packet(0, 1))).toBe(false);
    expect(readAll(reader)).toHaveLength(LISTEN_LIMITS.queuedPackets);
    const most = LISTEN_LIMITS.packetFrames;
    expect(writer.write(head(0), packet(0, most + 1))).toBe(false);
    let packets = 0;
    while (writer.write(head(packets), packet(0, most))) packets++;
    expect(packets).toBe(Math.floor(LISTEN_LIMITS.queuedFrames / most));
    expect(readAll(reader).map(([{ frame }]) => frame)).toEqual([...Array(packets).keys()]);
    expect(writer.write(head(7), packet(0, most))).toBe(true);
  });

  test('the frame that was asked for wakes who waits for it', async () => {
    const { writer, reader } = ends();
    const asked = writer.whenAsked(0);
    reader.asked(512);
    expect(await asked).toBe(512);
    expect(await writer.whenAsked(0)).toBe(512);
    const stopped = writer.whenAsked(512);
    writer.wake();
    expect(await stopped).toBe(512);
  });
});
