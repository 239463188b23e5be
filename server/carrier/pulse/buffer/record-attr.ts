import { NONE } from '../wire/numbers.js';
import { FRAGMENT_DEFAULT_US } from './limits.js';
import { type ByteRate, bytesOf, maxLengthOf, usOf } from './playback-attr.js';

/** How a record stream is buffered, in bytes of its own format. */
export interface RecordAttr {
  readonly maxLength: number;
  /** Sent at once. */
  readonly fragSize: number;
  /** No piece waits until it is so long: the client set its latency, and where the device is quicker for another's sake, so is it. */
  readonly eager: boolean;
}

/** What it gets. `latencyUs`: of the device. */
export interface GrantedRecord extends RecordAttr {
  readonly latencyUs: number;
}

export interface RecordWish extends Omit<RecordAttr, 'eager'> {
  readonly adjustLatency: boolean;
  readonly earlyRequests: boolean;
}

/** `latencyUs`: asks the device for a latency (µs; undefined: no wish) and tells what it will be. */
export function settleRecord(
  wish: RecordWish,
  rate: ByteRate,
  latencyUs: (wantedUs: number | undefined) => number,
): GrantedRecord {
  const { frameBytes } = rate;
  const maxLength = maxLengthOf(wish.maxLength, frameBytes);
  const whole = (bytes: number) =>
    Math.min(maxLength, Math.max(frameBytes, Math.floor(bytes / frameBytes) * frameBytes));
  const asked = whole(wish.fragSize === NONE ? bytesOf(FRAGMENT_DEFAULT_US, rate) : wish.fragSize);
  if (!wish.adjustLatency && !wish.earlyRequests) {
    return { maxLength, fragSize: asked, eager: false, latencyUs: latencyUs(undefined) };
  }
  const granted = latencyUs(usOf(asked, rate));
  const fragSize = whole(Math.max(asked, bytesOf(granted, rate)));
  return { maxLength, fragSize, eager: true, latencyUs: granted };
}
