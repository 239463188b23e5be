import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect, type DeviceInfo, type StreamInfo, type Weir } from '../native-shim/client/index.js';
import { AlsaSetup } from '../server/device/alsa/testing/fake-card.js';
import { QUANTUM_MAX_FRAMES } from '../server/engine/limits.js';
import { COUNTER, type Run, runsOf, runsOfWav } from './counter.js';
import { eventually } from './eventually.js';
import { NativeBystander } from './hostile/bystander-process.js';
import { type Server, startServer } from './server.js';

const WRONG_AFTER = 96_000;
/** The promise is 2 s. */
const NOTICED_LIMIT_MS = 5000;
/** What a fade and its dither may leave of the count by chance. */
const CHANCE_FRAMES = 64;
/** A card is kept two quanta full, and one of them may hang in the call: what it never played is lost with it. */
const LOST_LIMIT_FRAMES = 3 * QUANTUM_MAX_FRAMES;

let setup: AlsaSetup;

beforeAll(() => {
  const card = `formats "S16_LE" channels 2 rate 48000 append 1`;
  setup = new AlsaSetup(`
pcm.hanging { type fake ${card} hang_after ${WRONG_AFTER} file "DIR/hanging.raw" }
pcm.unplugged { type fake ${card} fail_after ${WRONG_AFTER} file "DIR/unplugged.raw" }
`);
});
afterAll(() => setup.remove());

interface Scene {
  server: Server;
  weir: Weir;
  bystander: NativeBystander;
}

/** A server, and somebody who plays counted frames into its output `card`. */
async function play(...devices: string[]): Promise<Scene> {
  const server = await startServer({ devices });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const weir = await connect({ name: 'watcher', socket: server.socket });
  const bystander = NativeBystander.start(server.socket, 'card');
  onTestFinished(() => bystander.kill());
  return { server, weir, bystander };
}

async function now(weir: Weir): Promise<{ card: DeviceInfo | undefined; stream: StreamInfo | undefined }> {
  const { devices, streams } = await weir.snapshot();
  return { card: devices.find(({ name }) => name === 'card'), stream: streams[0] };
}

/** The runs that are no chance. */
const countedRuns = (runs: Run[]): Run[] => runs.filter(({ frames }) => frames > CHANCE_FRAMES);

/**
 * What was lost between the end of `before` and the first sound of `rest`. A stream fades in where it goes on, so its first quantum
 * is not exact; but every frame keeps its place, so that the exact ones that follow tell which frame came first.
 * Negative: something came twice.
 */
function lostFrames(before: Run | undefined, rest: Run[]): number {
  const [firstSound] = rest;
  const [exact, ...others] = countedRuns(rest);
  if (before === undefined || firstSound === undefined || exact === undefined) throw new Error('nothing was heard');
  expect(others).toEqual([]);
  return exact.first - (exact.at - firstSound.at) - (before.first + before.frames);
}

function lastFrame(runs: Run[]): number {
  const last = countedRuns(runs).at(-1);
  return last === undefined ? 0 : last.first + last.frames - 1;
}

test('a driver that hangs in a call: its thread is replaced, and the stream goes on where it was', async () => {
  const { server, weir, bystander } = await play('alsa:hanging?name=card');
  await eventually('it plays', async () => ((await now(weir)).stream?.state === 'playing' ? true : undefined));
  const restarted = await eventually(
    'its thread is replaced',
    async () => {
      const { card, stream } = await now(weir);
      return card?.restarts === 1 && stream?.state === 'playing' ? stream : undefined;
    },
    (WRONG_AFTER / COUNTER.rate) * 1000 + NOTICED_LIMIT_MS,
  );
  expect(restarted).toMatchObject({ device: 'card' });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const report = await bystander.end();
  expect(await server.stop()).toBe(0);
  weir.close();

  const [before, ...rest] = runsOf(readFileSync(setup.path('hanging.raw')));
  expect(before?.first).toBe(1);
  const lost = lostFrames(before, rest);
  expect(lost).toBeGreaterThanOrEqual(0);
  expect(lost).toBeLessThanOrEqual(LOST_LIMIT_FRAMES);
  expect(lastFrame(rest)).toBe(report.frames);
  expect(report).toMatchObject({ underruns: 0, starvedFrames: 0, news: ['started', 'started'] });
}, 60_000);

test('a card that is unplugged: its stream moves to the default output and goes on from where it was', async () => {
  const { server, weir, bystander } = await play('alsa:unplugged?name=card', 'file:%/spare.wav?name=spare');
  const moved = await eventually(
    'it moved',
    async () => {
      const { card, stream } = await now(weir);
      return stream?.device === 'spare' && stream.state === 'playing' ? { card, stream } : undefined;
    },
    (WRONG_AFTER / COUNTER.rate) * 1000 + NOTICED_LIMIT_MS,
  );
  expect(moved.card).toMatchObject({ lost: true });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const report = await bystander.end();
  weir.close();
  expect(await server.stop()).toBe(0);

  const [before, ...behind] = runsOf(readFileSync(setup.path('unplugged.raw')));
  expect(before?.first).toBe(1);
  expect(behind).toEqual([]);
  const rest = runsOfWav(join(server.folder, 'spare.wav'));
  const lost = lostFrames(before, rest);
  expect(lost).toBeGreaterThanOrEqual(0);
  expect(lost).toBeLessThanOrEqual(LOST_LIMIT_FRAMES);
  expect(lastFrame(rest)).toBe(report.frames);
  expect(report.news).toEqual(expect.arrayContaining(['orphaned', 'moved spare']));
  expect(report).toMatchObject({ underruns: 0, starvedFrames: 0 });
}, 60_000);
