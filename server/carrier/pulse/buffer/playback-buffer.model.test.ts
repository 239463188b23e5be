import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Quota } from '../../../mempool/quota.js';
import { SEEK, type SeekMode } from '../wire/numbers.js';
import { type Block, InlineBlock } from './block.js';
import { PlaybackBuffer } from './playback-buffer.js';

const FRAME_BYTES = 4;
const ATTR = { maxLength: 200_000, tlength: 4000, prebuf: 1000, minreq: 400 };

const frames = (most: number) => fc.nat(most).map((count) => count * FRAME_BYTES);
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      bytes: frames(600),
      offset: fc.integer({ min: -500, max: 500 }).map((count) => count * FRAME_BYTES),
      seek: fc.constantFrom<SeekMode>(0, 0, 0, 1, 2, 3),
      straightBytes: fc.option(frames(600), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hand' as const), bytes: frames(500) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('consume' as const), share: fc.nat(4) }) },
  fc.record({ kind: fc.constant('starve' as const), bytes: frames(300) }),
  fc.record({ kind: fc.constantFrom('flush' as const, 'trigger' as const, 'cork' as const, 'uncork' as const) }),
);

/** The same rules without circular memory: every byte that was written, by its index. */
class Reference {
  readonly bytes = new Map<number, number>();
  write = 0;
  read = 0;
  handed = 0;
  stale = 0;
  late = 0;

  put(offset: number, seek: SeekMode, count: number, value: number): void {
    const end = Math.max(this.handed, ...[...this.bytes.keys()].map((index) => index + 1));
    const base = { [SEEK.RELATIVE]: this.write, [SEEK.ABSOLUTE]: 0, [SEEK.RELATIVE_ON_READ]: this.read, [SEEK.RELATIVE_END]: end }; // prettier-ignore
    const at = base[seek] + offset;
    this.write = at + count;
    if (this.write > this.handed + ATTR.maxLength) return;
    for (let index = at; index < this.write; index++) {
      if (index < this.handed) this.late++;
      else this.bytes.set(index, value);
    }
  }

  hand(count: number): number[] {
    return Array.from({ length: count }, () => {
      const value = this.bytes.get(this.handed) ?? 0;
      this.bytes.delete(this.handed++);
      return value;
    });
  }

  consume(count: number): void {
    const stale = Math.min(count, this.stale);
    this.stale -= stale;
    this.read += count - stale;
  }

  flush(): void {
    this.stale += this.handed - this.read;
    this.write = this.handed = this.read;
    this.bytes.clear();
  }
}

test.each([1000, 0])('the queue does what a simple one does, prebuf %i', (prebuf) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const stream = new PlaybackBuffer({ ...ATTR, prebuf }, FRAME_BYTES, 0, false, new Quota(2 ** 24));
      const reference = new Reference();
      operations.forEach((step, turn) => {
        const inRing = reference.handed - reference.read + reference.stale;
        if (step.kind === 'write') {
          const block = new InlineBlock().of(new Uint8Array(step.bytes).fill(turn + 1));
          let passed = 0;
          const straight = (_: Block, bytes: number) => (passed = Math.min(bytes, step.straightBytes ?? 0));
          stream.write(block, step.offset, step.seek, step.straightBytes === undefined ? undefined : straight);
          reference.put(step.offset, step.seek, step.bytes, turn + 1);
          expect(reference.hand(passed)).toEqual(new Array<number>(passed).fill(turn + 1));
        } else if (step.kind === 'hand') {
          const got: number[] = [];
          const bytes = stream.handOver(step.bytes, (piece) => got.push(...piece) && piece.length);
          expect(bytes).toBe(got.length);
          expect(got).toEqual(reference.hand(bytes));
        } else if (step.kind === 'consume') {
          const bytes = Math.floor((inRing * step.share) / 4 / FRAME_BYTES) * FRAME_BYTES;
          stream.advance(bytes, 0);
          reference.consume(bytes);
        } else if (step.kind === 'starve') {
          if (inRing > 0) return;
          const runsOn = prebuf === 0 && !stream.corked;
          const before = stream.lateBytes;
          stream.advance(0, step.bytes);
          if (runsOn) {
            reference.hand(step.bytes);
            reference.read += step.bytes;
          }
          reference.late += stream.lateBytes - before;
        } else if (step.kind === 'flush') {
          stream.flush();
          reference.flush();
        } else if (step.kind === 'trigger') stream.trigger();
        else stream.cork(step.kind === 'cork');

        expect(stream.writeIndex).toBe(reference.write);
        expect(stream.readIndex).toBe(reference.read);
        expect(stream.staleBytes).toBe(reference.stale);
        expect(stream.lateBytes).toBe(reference.late);
      });
    }),
    { numRuns: 150 },
  );
});

test('a client that keeps to its credit keeps tlength queued', () => {
  const step = fc.record({ write: fc.nat(1000), consume: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stream = new PlaybackBuffer(ATTR, FRAME_BYTES, 0, false, new Quota(2 ** 24));
      let credit = stream.takeCredit();
      for (const { write, consume } of steps) {
        const bytes = Math.min(write * FRAME_BYTES, credit);
        expect(stream.write(new InlineBlock().of(new Uint8Array(bytes)), 0, SEEK.RELATIVE)).toBe('taken');
        credit -= bytes;
        const handed = stream.handOver(consume * FRAME_BYTES, (piece) => piece.length);
        stream.advance(handed, 0);
        credit += stream.takeCredit();
        expect(stream.lengthBytes + credit).toBeLessThanOrEqual(ATTR.tlength);
        expect(stream.lengthBytes + credit).toBeGreaterThan(ATTR.tlength - ATTR.minreq);
      }
    }),
  );
});
