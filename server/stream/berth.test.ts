import { afterEach, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDeviceSpec } from '../device/device-spec.js';
import type { Attachment } from '../engine/attachment.js';
import { Lease } from '../engine/lease.js';
import type { Output } from '../engine/output.js';
import { Outputs } from '../engine/outputs.js';
import { KeptMemory } from '../mempool/kept-memory.js';
import { Pool } from '../mempool/pool.js';
import { Quota } from '../mempool/quota.js';
import { PlaybackWriter } from '../mempool/ring.js';
import { Berth } from './berth.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;

let outputs: Outputs | undefined;
afterEach(() => outputs?.close());

/** Two outputs, and a berth for one playback ring with half a second in it. */
function harbour() {
  const specs = ['null:desk', 'null:hall'].map((text) => {
    const spec = parseDeviceSpec(text);
    if (spec instanceof Error) throw spec;
    return spec;
  });
  outputs = new Outputs(specs, { changed: () => {}, lost: () => {}, usable: () => {} });
  const [desk, hall] = outputs.all;
  if (!desk || !hall) throw new Error('no outputs');
  const pool = new Pool(new Quota(2 ** 24), { uid: 0, kept: new KeptMemory() });
  const ring = pool.openPrivateRing({ capacityFrames: 2 ** 15, frameBytes: 4, direction: 'playback' });
  if (ring instanceof Error) throw ring;
  new PlaybackWriter(ring.memory).write(new Uint8Array(4 * 24_000));
  const log: string[] = [];
  let frames = 0;
  const berth: Berth = new Berth({
    attach: (output): Attachment => {
      log.push(`at ${output.name}`);
      const usual = { lease: new Lease(), spec: SPEC, wakeFd: -1, client: 1, latencyFrames: 0 };
      const now = { gain: 1, paused: false, draining: false, fadeIn: frames > 0, live: false, stream: 1 };
      return output.attach(
        { kind: 'play', memory: ring.memory, frames, ...usual, ...now },
        { started() {}, starved() {}, drained() {}, corrupt() {}, timing() {}, orphaned: () => berth.orphan() },
      );
    },
    left: (attachment) => {
      ({ frames } = attachment);
      log.push('left');
    },
  });
  return { berth, desk, hall, log, frames: () => frames };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await sleep(5);
  expect(holds()).toBe(true);
}

const plays = (output: Output) => [...output.attachments].some(({ last }) => (last?.frames ?? 0) > 0);

test('a new place is taken only when the old one has let go; wishes meanwhile replace each other', async () => {
  const { berth, desk, hall, log } = harbour();
  const arrived: string[] = [];
  berth.go(desk, () => arrived.push('desk'));
  expect(arrived).toEqual(['desk']);
  await until(() => plays(desk));
  berth.go(hall, () => arrived.push('hall, given up'));
  expect([berth.attachment, log]).toEqual([undefined, ['at desk']]);
  expect(berth.held).toBeDefined();
  berth.go(undefined, () => arrived.push('nowhere, given up'));
  berth.go(hall, () => arrived.push('hall'));
  await until(() => arrived.includes('hall'));
  expect(log).toEqual(['at desk', 'left', 'at hall']);
  expect(arrived).toEqual(['desk', 'hall']);
  expect(desk.attachments.size).toBe(0);
});

test('going nowhere is done when the engine has let go, and it goes on from there', async () => {
  const { berth, desk, log, frames } = harbour();
  berth.go(desk);
  await until(() => plays(desk));
  let gone = false;
  berth.go(undefined, () => (gone = true));
  expect(gone).toBe(false);
  await until(() => gone);
  const position = frames();
  expect(position).toBeGreaterThan(0);
  berth.go(desk);
  expect(log).toEqual(['at desk', 'left', 'at desk']);
  expect([...desk.attachments][0]?.frames).toBe(position);
});

test('back to where it is leaving from: it leaves and comes again', async () => {
  const { berth, desk, hall, log } = harbour();
  berth.go(desk);
  await until(() => plays(desk));
  berth.go(hall);
  berth.go(desk);
  await until(() => log.length === 3);
  expect(log).toEqual(['at desk', 'left', 'at desk']);
});

test('an orphan is nowhere, and can go anywhere', () => {
  const { berth, desk, hall, log } = harbour();
  berth.go(desk);
  berth.orphan();
  expect([berth.held, log]).toEqual([undefined, ['at desk', 'left']]);
  berth.go(hall);
  expect(log.at(-1)).toBe('at hall');
});
