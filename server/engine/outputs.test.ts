import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AlsaSetup } from '../device/alsa/testing/fake-card.js';
import { parseDeviceSpec } from '../device/device-spec.js';
import type { FrameSpec } from '../device/output-driver.js';
import { sequence, withoutSilence } from '../device/testing/sequence.js';
import { frameBytesOf } from '../device/wav-header.js';
import { KeptMemory } from '../mempool/kept-memory.js';
import { Pool, type Ring } from '../mempool/pool.js';
import { Quota } from '../mempool/quota.js';
import { PlaybackWriter, RecordReader } from '../mempool/ring.js';
import type { AttachEvents, Attachment, PlayRequest } from './attachment.js';
import { STREAM_STATE } from './blocks.js';
import { Lease } from './lease.js';
import { FADE_OUT_LIMIT_MS, HANDOVER_LIMIT_MS, IDLE_STOP_MS, RESTART_LIMIT } from './limits.js';
import type { Output } from './output.js';
import { Outputs } from './outputs.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;
const CAPACITY = 2 ** 15;
const pool = new Pool(new Quota(2 ** 28), { uid: 0, kept: new KeptMemory() });

/** Every thread that this process starts, engine threads among them. */
const workers: Worker[] = [];
const noteWorker = (worker: Worker) => workers.push(worker);
let alsa: AlsaSetup;
beforeAll(() => {
  process.on('worker', noteWorker);
  alsa = new AlsaSetup(`
pcm.hanging { type fake formats "S16_LE" hang_after 24000 }
pcm.unplugged { type fake formats "S16_LE" fail_after 12000 }
`);
});
afterAll(() => {
  process.off('worker', noteWorker);
  alsa.remove();
});

interface House {
  outputs: Outputs;
  lost: string[];
  usable: number;
}

const houses: House[] = [];
afterEach(async () => {
  await Promise.all(houses.splice(0).map(({ outputs }) => outputs.close()));
});

function house(...specs: string[]): House {
  const parsed = specs.map((text) => {
    const spec = parseDeviceSpec(text);
    if (spec instanceof Error) throw spec;
    return spec;
  });
  const made: House = {
    lost: [],
    usable: 0,
    outputs: new Outputs(parsed, {
      changed: () => {},
      lost: (output) => made.lost.push(output.name),
      usable: () => made.usable++,
    }),
  };
  houses.push(made);
  return made;
}

function outputOf({ outputs }: House, name: string): Output {
  const output = outputs.find(name);
  if (output instanceof Error) throw output;
  return output;
}

function ring(direction: 'playback' | 'record', spec: FrameSpec = SPEC): Ring {
  const opened = pool.openPrivateRing({ capacityFrames: CAPACITY, frameBytes: frameBytesOf(spec), direction });
  if (opened instanceof Error) throw opened;
  return opened;
}

interface Told {
  events: string[];
  listen: AttachEvents;
}

function told(): Told {
  const events: string[] = [];
  const note = (what: string) => () => void events.push(what);
  return {
    events,
    listen: {
      started: note('started'),
      starved: note('starved'),
      drained: note('drained'),
      corrupt: note('corrupt'),
      orphaned: note('orphaned'),
      timing: (quantumFrames) => void events.push(`quantum ${quantumFrames}`),
    },
  };
}

function playRequest(memory: Ring['memory'], wish: Partial<PlayRequest> = {}): PlayRequest {
  const usual = { latencyFrames: 0, wakeFd: -1, client: 1, frames: 0, gain: 1, paused: false, draining: false };
  return {
    kind: 'play',
    memory,
    lease: new Lease(),
    spec: SPEC,
    fadeIn: false,
    live: false,
    stream: 1,
    ...usual,
    ...wish,
  };
}

/** Plays the sequence for as long as the test lasts, and hears it through the monitor. */
function player(output: Output, latencyFrames = 9600) {
  const { events, listen } = told();
  const request = playRequest(ring('playback').memory, { latencyFrames });
  const writer = new PlaybackWriter(request.memory);
  const fill = () => writer.write(sequence(SPEC, writer.frames, Math.max(0, 9600 - writer.fill())));
  const timer = setInterval(fill, 20);
  fill();
  const attachment = output.attach(request, listen);
  return { attachment, events, request, writer, stop: () => clearInterval(timer) };
}

function listener(output: Output) {
  const { memory } = ring('record');
  const lease = new Lease();
  const request = { kind: 'tap', memory, lease, spec: SPEC, wakeFd: -1, client: 1, latencyFrames: 0, frames: 0, mixMinus: false, solo: 0 } as const; // prettier-ignore
  const attachment = output.attach(request, told().listen);
  const reader = new RecordReader(memory, 512);
  const heard: Buffer[] = [];
  const timer = setInterval(() => {
    const into = Buffer.alloc(reader.available() * 4);
    if (reader.read(into) > 0) heard.push(into);
  }, 20);
  return {
    attachment,
    stop: () => {
      clearInterval(timer);
      return Buffer.concat(heard);
    },
  };
}

async function until(holds: () => boolean, limitMs = 10_000): Promise<number> {
  const startMs = performance.now();
  while (!holds()) {
    if (performance.now() - startMs > limitMs) throw new Error(`not within ${limitMs} ms: ${holds.toString()}`);
    await sleep(5);
  }
  return performance.now() - startMs;
}

const released = (output: Output, attachment: Attachment) =>
  new Promise<void>((done) => output.detach(attachment, done));

/** Which frames of the sequence a recording holds, as spans of [first, count]; s16 stereo. */
function spans(recording: Buffer): [first: number, count: number][] {
  const found: [number, number][] = [];
  const sound = withoutSilence(recording, SPEC);
  let next = -1;
  for (let at = 0; at < sound.length; at += 4) {
    const value = sound.readInt16LE(at);
    const last = found.at(-1);
    if (value === next && last) last[1]++;
    else found.push([value, 1]);
    next = 1 + ((value - 1 + 2) % 30_011);
  }
  return found;
}

test('a crashed thread is replaced and its streams go on from where they were', { timeout: 30_000 }, async () => {
  const house1 = house('null:desk');
  const output = outputOf(house1, 'desk');
  const play = player(output);
  const hear = listener(output);
  await until(() => play.attachment.frames > 10_000);
  const crashed = workers.at(-1);
  const before = play.attachment.frames;
  await crashed?.terminate();
  const tookMs = await until(() => output.restarts === 1 && output.running && play.attachment.frames > before + 9600);
  expect(tookMs).toBeLessThan(2000);
  expect(workers.at(-1)).not.toBe(crashed);
  expect(output.unendedThreads).toBe(0);
  await until(() => play.attachment.frames > before + 48_000);
  play.stop();
  const recording = hear.stop();
  expect(play.events).not.toContain('orphaned');
  expect(play.attachment.last?.state).toBe(STREAM_STATE.playing);
  // Two runs of the sequence: at most what was in the mixing quantum is missing between them, nothing is doubled.
  // The first frames of the second are faded in, so they match no sequence; it is found again behind them.
  const runs = spans(recording).filter(([, count]) => count > 1000);
  expect(runs).toHaveLength(2);
  const [first, second] = runs;
  if (!first || !second) throw new Error('the recording is empty');
  const lastFrame = first[0] + 2 * (first[1] - 1);
  const gapFrames = ((second[0] - lastFrame + 30_011 * 2) % 30_011) / 2;
  expect(gapFrames).toBeLessThan(480 + 4096);
});

test('memory lent to a thread comes back when it ends', { timeout: 30_000 }, async () => {
  const output = outputOf(house('null:desk'), 'desk');
  const play = player(output);
  await until(() => play.attachment.frames > 5000);
  await workers.at(-1)?.terminate();
  await until(() => output.running && output.restarts === 1);
  let free = false;
  play.request.lease.whenFree(() => (free = true));
  await sleep(100);
  expect(free).toBe(false); // the new thread holds it
  play.stop();
  await released(output, play.attachment);
  await until(() => free);
});

test('a suspended output has let go of its device, whoever asked for it first; its streams stand still and go on', async () => {
  const output = outputOf(house('null:desk'), 'desk');
  const play = player(output);
  await until(() => play.attachment.frames > 5000);
  const first = output.setSuspended(true);
  await output.setSuspended(true);
  expect(output.running).toBe(false);
  await first;
  const { frames } = play.attachment;
  await sleep(100);
  expect([output.running, play.attachment.frames]).toEqual([false, frames]);
  await output.setSuspended(false);
  await until(() => play.attachment.frames > frames + 4800);
  expect(play.events).not.toContain('orphaned');
  play.stop();
});

test(
  'a thread that fails again and again is given up, and its device counts as lost',
  { timeout: 60_000 },
  async () => {
    const made = house('null:desk');
    const output = outputOf(made, 'desk');
    const play = player(output);
    for (let i = 0; i <= RESTART_LIMIT; i++) {
      await until(() => output.running && output.restarts === i);
      await workers.at(-1)?.terminate();
      await until(() => output.restarts === i + 1);
    }
    expect(output.lost?.code).toBe('DEVICE_LOST');
    expect(made.lost).toEqual(['desk']);
    expect(play.events.at(-1)).toBe('orphaned');
    // It comes back by itself, and only then counts as usable.
    await until(() => made.usable === 1);
    expect([output.lost, output.running]).toEqual([undefined, true]);
    play.stop();
  },
);

test('a device that hangs is given up within 2 s, and what hangs touches nothing', { timeout: 30_000 }, async () => {
  const made = house('alsa:hanging?name=card', 'null:desk');
  const output = outputOf(made, 'card');
  const play = player(output);
  await until(() => output.running);
  let freed = false;
  play.request.lease.whenFree(() => (freed = true));
  await until(() => output.restarts > 0, 15_000);
  const { frames } = play.attachment;
  expect(frames).toBeGreaterThan(10_000);
  // The new thread opens the card anew and plays on from there.
  await until(() => output.running && play.attachment.frames > frames + 4800);
  expect(play.events).not.toContain('orphaned');
  play.stop();
  await released(output, play.attachment);
  expect(freed).toBe(false); // lent to the thread that hangs, for as long as it does
  expect(output.unendedThreads).toBeGreaterThan(0);
});

test('a device that is unplugged orphans its streams at once, and is tried again', { timeout: 30_000 }, async () => {
  const made = house('alsa:unplugged?name=card', 'null:desk');
  const output = outputOf(made, 'card');
  expect(made.outputs.default?.name).toBe('card');
  const play = player(output);
  await until(() => play.events.includes('orphaned'));
  expect(made.lost).toEqual(['card']);
  expect(made.outputs.default?.name).toBe('desk');
  const { frames } = play.attachment;
  const desk = outputOf(made, 'desk');
  const again = { ...play.request, frames, fadeIn: true };
  const moved = desk.attach(again, told().listen);
  await until(() => moved.frames > frames + 4800);
  await until(() => output.lost === undefined);
  expect([made.usable, made.outputs.default?.name]).toEqual([1, 'card']);
  play.stop();
});

test('an output that cannot be opened is lost, and told once', { timeout: 30_000 }, async () => {
  const made = house('alsa:nosuchcard?name=card');
  const output = outputOf(made, 'card');
  const play = player(output);
  await until(() => play.events.includes('orphaned'));
  play.stop();
  await sleep(3000);
  expect(made.lost).toEqual(['card']);
  expect([made.usable, output.lost?.code]).toEqual([0, 'DEVICE_FAILED']);
});

test('the quantum follows the smallest wish and relaxes; a fixed one stays', { timeout: 30_000 }, async () => {
  const output = outputOf(house('null:desk'), 'desk');
  const calm = player(output, 9600);
  expect(output.quantumFrames).toBe(4096);
  await until(() => calm.attachment.frames > 0);
  const quick = player(output, 1024);
  await until(() => output.quantumFrames === 512);
  await until(() => calm.events.includes('quantum 512'));
  expect(quick.events.filter((event) => event.startsWith('quantum'))).toEqual([]);
  await until(() => quick.attachment.frames > 9600);
  quick.stop();
  await released(output, quick.attachment);
  expect(output.quantumFrames).toBe(4096);
  const { underruns } = calm.attachment.totals;
  await until(() => calm.attachment.frames > 48_000);
  expect(calm.attachment.totals.underruns).toBe(underruns);
  calm.stop();
  const fixed = outputOf(house('null:desk?quantum=320'), 'desk');
  player(fixed, 128).stop();
  expect(fixed.quantumFrames).toBe(320);
});

// Late by a quantum, this process would be the one that starves the stream.
test('what is ordered while the device is waited for counts for the quantum that follows', { retry: 3 }, async () => {
  const output = outputOf(house('null:desk?quantum=4096'), 'desk');
  const { events, listen } = told();
  const { memory } = ring('playback');
  const writer = new PlaybackWriter(memory);
  writer.write(sequence(SPEC, 0, 3 * 4096 + 100));
  const attachment = output.attach(playRequest(memory), listen);
  await until(() => writer.fill() === 100);
  output.drain(attachment);
  await until(() => events.includes('drained'));
  expect(events).not.toContain('starved');
});

test('an idle output ends its thread and starts again when it is needed', { timeout: 30_000 }, async () => {
  const output = outputOf(house('null:desk'), 'desk');
  const play = player(output);
  await until(() => output.running);
  await released(output, play.attachment);
  play.stop();
  const tookMs = await until(() => !output.running);
  expect(tookMs).toBeGreaterThan(IDLE_STOP_MS - 500);
  // At once, while the old thread may still have the device.
  const again = player(output);
  await until(() => again.attachment.frames > 4800);
  expect([output.restarts, output.lost]).toEqual([0, undefined]);
  again.stop();
});

test('a muted output does not sound for a moment when its thread is replaced', { timeout: 30_000 }, async () => {
  const output = outputOf(house('null:desk'), 'desk');
  output.setLevel(1, true);
  const play = player(output);
  const hear = listener(output);
  await until(() => play.attachment.frames > 9600);
  await workers.at(-1)?.terminate();
  await until(() => output.restarts === 1 && output.running);
  const { frames } = play.attachment;
  await until(() => play.attachment.frames > frames + 24_000);
  play.stop();
  const recording = hear.stop();
  expect(recording.length).toBeGreaterThan(24_000);
  // Dither is all that is heard of a muted stream.
  for (let at = 0; at < recording.length; at += 2) expect(Math.abs(recording.readInt16LE(at))).toBeLessThanOrEqual(1);
});

test('closing lets streams fade out and gives everything back', { timeout: 30_000 }, async () => {
  const made = house('null:desk');
  const output = outputOf(made, 'desk');
  const play = player(output);
  await until(() => play.attachment.frames > 4800);
  let free = false;
  play.request.lease.whenFree(() => (free = true));
  output.detach(play.attachment, () => {});
  await made.outputs.close();
  await until(() => free, 2000);
  play.stop();
});

test('closing waits neither for a stream that stays nor for a driver that hangs', { timeout: 30_000 }, async () => {
  const made = house('alsa:hanging?name=card');
  const play = player(outputOf(made, 'card'));
  await until(() => play.attachment.frames > 16_000);
  await sleep(300);
  const startMs = performance.now();
  await made.outputs.close();
  const tookMs = performance.now() - startMs;
  play.stop();
  expect(tookMs).toBeGreaterThan(FADE_OUT_LIMIT_MS - 10);
  expect(tookMs).toBeLessThan(FADE_OUT_LIMIT_MS + HANDOVER_LIMIT_MS + 3000);
});

test('what an output cannot carry any more is told to look elsewhere, however it came to ask', async () => {
  const hall = outputOf(house('null:hall'), 'hall');
  const dear: FrameSpec = { format: 's16', rate: 192_000, channels: 8 };
  const attached: Told[] = [];
  while (!hall.refusal(dear, 1)) {
    const seen = told();
    attached.push(seen);
    hall.attach(playRequest(ring('playback', dear).memory, { spec: dear }), seen.listen);
  }
  const late = told();
  hall.attach(playRequest(ring('playback', dear).memory, { spec: dear }), late.listen);
  await sleep(200);
  expect(late.events).toContain('orphaned');
  expect(hall.attachments.size).toBe(attached.length);
  expect(attached.flatMap(({ events }) => events)).not.toContain('orphaned');
  expect(hall.restarts).toBe(0);
});
