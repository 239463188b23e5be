import { describe, expect, test } from 'vitest';
import { Quota } from '../../../mempool/quota.js';
import { SENT_AT_ONCE_BYTES } from './limits.js';
import { RecordBuffer } from './record-buffer.js';

const ATTR = { maxLength: 4000, fragSize: 400, eager: false };
const count = (from: number, bytes: number) => Uint8Array.from({ length: bytes }, (_, i) => (from + i) % 251);
const buffer = (quota = new Quota(1024 * 1024)) => new RecordBuffer(ATTR, 4, 0, quota);

/** What leaves at once. */
function sent(from: RecordBuffer): number[] | undefined {
  const got: number[] = [];
  return from.takeFragments((piece) => got.push(...piece) && piece.length) ? got : undefined;
}

describe('what was recorded', () => {
  test('goes out in whole fragments', () => {
    const stream = buffer();
    stream.append(count(0, 396));
    expect(sent(stream)).toBeUndefined();
    stream.append(count(396, 8));
    expect(sent(stream)).toEqual([...count(0, 400)]);
    expect([stream.readIndex, stream.writeIndex, stream.lengthBytes]).toEqual([400, 404, 4]);
  });

  test('goes out as it comes where the client set its latency', () => {
    const stream = buffer();
    stream.resize({ ...ATTR, eager: true });
    expect(stream.missingBytes).toBe(4);
    stream.append(count(0, 96));
    expect(sent(stream)).toEqual([...count(0, 96)]);
    stream.append(count(96, 500));
    expect(sent(stream)).toEqual([...count(96, 500)]);
    expect(sent(stream)).toBeUndefined();
  });

  test('goes out many fragments at once, and a long one in pieces', () => {
    const stream = buffer();
    stream.append(count(0, 3999 - 3));
    expect(sent(stream)?.length).toBe(3600);
    const fragSize = 3 * SENT_AT_ONCE_BYTES;
    const long = new RecordBuffer({ maxLength: 2 * fragSize, fragSize, eager: false }, 4, 0, new Quota(1024 * 1024));
    long.append(count(0, fragSize - 4));
    expect(sent(long)).toBeUndefined();
    long.append(count(fragSize - 4, 8));
    const pieces = [sent(long), sent(long), sent(long), sent(long)];
    expect(pieces.map((piece) => piece?.length)).toEqual([...Array<number>(3).fill(SENT_AT_ONCE_BYTES), undefined]);
    expect(Buffer.from(pieces.flatMap((piece) => piece ?? [])).equals(count(0, fragSize))).toBe(true);
  });

  test('comes in order over many turns of its memory', () => {
    const stream = buffer();
    for (let done = 0; done < 400_000; done += 800) {
      stream.append(count(done, 800));
      expect(sent(stream)).toEqual([...count(done, 800)]);
    }
  });

  test('drops the oldest where nobody takes it, whole fragments', () => {
    const stream = buffer();
    stream.append(count(0, 4000));
    stream.append(count(4000, 4));
    expect([stream.droppedBytes, stream.lengthBytes]).toEqual([400, 3604]);
    expect(sent(stream)).toEqual([...count(400, 3600)]);
  });

  test('keeps the newest of more than there is room for', () => {
    const stream = buffer();
    stream.append(count(0, 9000));
    expect([stream.droppedBytes, stream.lengthBytes, stream.readIndex]).toEqual([5000, 4000, 5000]);
    expect(sent(stream)).toEqual([...count(5000, 4000)]);
  });

  test('is gone after a flush', () => {
    const stream = buffer();
    stream.append(count(0, 1000));
    stream.flush();
    expect([stream.readIndex, stream.lengthBytes]).toEqual([1000, 0]);
    stream.append(count(1000, 400));
    expect(sent(stream)).toEqual([...count(1000, 400)]);
  });

  test('is dropped, and counted, where there is no memory for it', () => {
    const stream = buffer(new Quota(1000));
    stream.append(count(0, 800));
    expect([stream.droppedBytes, stream.writeIndex, stream.lengthBytes]).toEqual([800, 800, 0]);
  });

  test('shrinks with its attributes', () => {
    const stream = buffer();
    stream.append(count(0, 4000));
    stream.resize({ maxLength: 1000, fragSize: 100, eager: false });
    expect([stream.lengthBytes, stream.droppedBytes]).toEqual([1000, 3000]);
    expect(sent(stream)).toEqual([...count(3000, 1000)]);
  });
});
