import { expect, test } from 'vitest';
import { KEPT_WRITE_BUFFER_BYTES, RELEASES_TOGETHER } from '../limits.js';
import { AT, DESCRIPTOR_BYTES, FLAG } from './descriptor.js';
import { FrameWriter } from './frame-writer.js';

/** What waits, frame by frame: `release N`, or its length. */
function frames(writer: FrameWriter): (string | number)[] {
  const found: (string | number)[] = [];
  const bytes = Buffer.from(writer.waiting());
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + AT.LENGTH);
    const isRelease = bytes.readUInt32BE(at + AT.FLAGS) === FLAG.RELEASE;
    found.push(isRelease ? `release ${bytes.readUInt32BE(at + AT.OFFSET_HIGH)}` : length);
    at += DESCRIPTOR_BYTES + length;
  }
  return found;
}

test('blocks go back in company: with the next answer, or when there are many', () => {
  const writer = new FrameWriter();
  writer.release(7);
  writer.release(9);
  expect(writer.due).toBe(false);
  writer.acknowledge(1);
  expect(writer.due).toBe(true);
  expect(frames(writer)).toEqual(['release 7', 'release 9', 10]);
  writer.sent(writer.length);
  for (let block = 1; block <= RELEASES_TOGETHER; block++) {
    expect(writer.due).toBe(false);
    writer.release(block);
  }
  expect(writer.due).toBe(true);
});

test('what is left of a send does not wait for more', () => {
  const writer = new FrameWriter();
  for (let block = 0; block < RELEASES_TOGETHER; block++) writer.release(block);
  writer.sent(DESCRIPTOR_BYTES);
  expect(writer.due).toBe(true);
  writer.sent(writer.length);
  expect(writer.due).toBe(false);
  expect(writer.length).toBe(0);
});

test('a frame that is told in parts is whole, however much is told behind it', () => {
  const writer = new FrameWriter();
  const sent: Buffer[] = [];
  const told: Buffer[] = [];
  const take = (bytes: number) => {
    sent.push(Buffer.from(writer.waiting().subarray(0, bytes)));
    writer.sent(bytes);
  };
  for (let i = 0; i < 50; i++) {
    writer.sound(i, 10_000).fill(i);
    const descriptor = Buffer.alloc(DESCRIPTOR_BYTES);
    descriptor.writeUInt32BE(10_000, AT.LENGTH);
    descriptor.writeUInt32BE(i, AT.CHANNEL);
    told.push(descriptor, Buffer.alloc(10_000, i));
    take(7001);
  }
  expect(writer.length).toBeGreaterThan(KEPT_WRITE_BUFFER_BYTES);
  take(writer.length);
  expect(Buffer.concat(sent).equals(Buffer.concat(told))).toBe(true);
});
