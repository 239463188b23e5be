import { describe, expect, test, vi } from 'vitest';
import { nowUs } from '../../session/clock.js';
import { LOST_NOTE } from '../capture-line.js';
import { CHANNELS, RATE } from '../limits.js';
import { SharedRing } from '../shared-ring.js';
import { CaptureInlet, type CapturedBlock } from './capture-inlet.js';

const CAPACITY = 1024;
const QUANTUM = 128;

/** Wake-ups and messages need some turns of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** Waits for so many frames, however busy the machine is. */
async function heard(blocks: readonly CapturedBlock[], frames: number): Promise<void> {
  await vi.waitFor(() => expect(framesOf(blocks)).toBe(frames), { timeout: 10_000, interval: 2 });
}

/** As the capture worklet writes. */
function capture(ring: SharedRing, value: number): void {
  const accepted = ring.write(new Float32Array(QUANTUM * CHANNELS).fill(value));
  Atomics.add(ring.notes, LOST_NOTE, QUANTUM - accepted);
  ring.wake();
}

function ringInlet(): { ring: SharedRing; inlet: CaptureInlet; blocks: CapturedBlock[] } {
  const memory = new SharedArrayBuffer(SharedRing.bytesFor(CHANNELS, CAPACITY));
  const ring = new SharedRing(memory, CHANNELS);
  const blocks: CapturedBlock[] = [];
  capture(ring, -1);
  const inlet = new CaptureInlet({ kind: 'ring', memory }, RATE, (block) => blocks.push(block));
  return { ring, inlet, blocks };
}

const framesOf = (blocks: readonly CapturedBlock[]): number =>
  blocks.reduce((sum, { samples }) => sum + samples.length / CHANNELS, 0);

describe('captured sound on its way to the worker', () => {
  test('comes as it is written, in order, with its place and time; what lay there before does not', async () => {
    const { ring, inlet, blocks } = ringInlet();
    for (let i = 0; i < 20; i++) {
      capture(ring, i);
      await heard(blocks, (i + 1) * QUANTUM);
    }
    inlet.close();
    expect(blocks.flatMap(({ samples }) => [...samples])).toEqual(
      Array.from({ length: 20 * QUANTUM * CHANNELS }, (_, i) => Math.floor(i / (QUANTUM * CHANNELS))),
    );
    let frame = 0;
    for (const block of blocks) {
      expect(block.frame).toBe(frame);
      frame += block.samples.length / CHANNELS;
    }
    const newest = blocks.at(-1);
    const ageUs = nowUs() - (newest?.capturedUs ?? 0);
    expect(ageUs).toBeGreaterThan((QUANTUM / RATE) * 1e6);
    expect(ageUs).toBeLessThan(5_000_000);
  });

  test('a worker that was held up begins at what is new, and counts the rest', async () => {
    const { ring, inlet, blocks } = ringInlet();
    const quanta = CAPACITY / QUANTUM + 3;
    for (let i = 0; i < quanta; i++) capture(ring, i);
    await vi.waitFor(() => expect(inlet.lostFrames + framesOf(blocks)).toBe(quanta * QUANTUM), { timeout: 10_000 });
    expect(inlet.lostFrames).toBeGreaterThan(CAPACITY - 1);
    const before = framesOf(blocks);
    capture(ring, 99);
    await heard(blocks, before + QUANTUM);
    inlet.close();
    expect(blocks.at(-1)?.frame).toBe(quanta * QUANTUM);
    expect(blocks.at(-1)?.samples[0]).toBe(99);
  });

  test('what is written while it brings what came before is brought too, not only with what comes next', async () => {
    const memory = new SharedArrayBuffer(SharedRing.bytesFor(CHANNELS, CAPACITY));
    const ring = new SharedRing(memory, CHANNELS);
    const blocks: CapturedBlock[] = [];
    const inlet = new CaptureInlet({ kind: 'ring', memory }, RATE, (block) => {
      blocks.push(block);
      if (blocks.length < 4) capture(ring, blocks.length);
    });
    capture(ring, 0);
    await heard(blocks, 4 * QUANTUM);
    inlet.close();
    expect(blocks.map(({ samples }) => samples[0])).toEqual([0, 1, 2, 3]);
  });

  test('closed, it says nothing more', async () => {
    const { ring, inlet, blocks } = ringInlet();
    inlet.close();
    capture(ring, 1);
    for (let i = 0; i < 10; i++) await turn();
    expect(blocks).toEqual([]);
  });

  test('the capturing clock is known by the worker’s, and blocks held up are no younger for it', async () => {
    const { port1, port2 } = new MessageChannel();
    const times: number[] = [];
    const inlet = new CaptureInlet({ kind: 'port', port: port2 }, RATE, ({ capturedUs }) => times.push(capturedUs));
    const dueMs = (block: number) => 1000 + block * 10 * (1 + 200e-6);
    const heldUpMs = (block: number) => (block % 7 === 3 ? 4 : 0);
    const now = vi.spyOn(performance, 'now');
    now.mockImplementation(() => dueMs(times.length) + heldUpMs(times.length));
    for (let block = 0; block < 1000; block++) port1.postMessage(new Float32Array(480 * CHANNELS));
    await vi.waitFor(() => expect(times).toHaveLength(1000), { timeout: 10_000 });
    now.mockRestore();
    inlet.close();
    expect(inlet.skew.skew * 1e6).toBeCloseTo(200, 0);
    const errors = times.slice(500).map((us, i) => us / 1e3 - (dueMs(i + 500) - 10));
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.01);
  });

  test('where memory cannot be shared, it comes through a port', async () => {
    const { port1, port2 } = new MessageChannel();
    const blocks: CapturedBlock[] = [];
    const inlet = new CaptureInlet({ kind: 'port', port: port2 }, RATE, (block) => blocks.push(block));
    for (const value of [1, 2]) {
      port1.postMessage(new Float32Array(QUANTUM * CHANNELS).fill(value));
    }
    await heard(blocks, 2 * QUANTUM);
    inlet.close();
    expect(blocks.map(({ frame, samples }) => [frame, samples[0]])).toEqual([
      [0, 1],
      [QUANTUM, 2],
    ]);
  });
});
