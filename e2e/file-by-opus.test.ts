import { once } from 'node:events';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Weir } from '../native-shim/client/index.js';
import { toneJumps } from '../server/stream/tone-jumps.fixture.js';
import { goLive, type PageStats, startBrowser, statsOf } from './browser.js';
import { eventually } from './eventually.js';
import { quicChildOf } from './quic-child.js';
import { type Server, startServer } from './server.js';
import { bytesOf, samplesOfBytes, sine } from './tone.js';
import { writeWav } from './wav.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;
const PERIOD_FRAMES = 128;
const PACKET_FRAMES = 960;
const SECONDS = 6;
/** What a browser of another machine plays that begins within its first packet, and what libopus holds back. */
const SLACK_FRAMES = 2 * PACKET_FRAMES;

let browser: Browser;
let server: Server;
let weir: Weir;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);

afterAll(() => browser.close());

beforeEach(async () => {
  server = await startServer({ devices: ['null:hall'] });
  weir = await connect({ name: 'test', socket: server.socket });
}, 30_000);

afterEach(async () => {
  weir.close();
  await server[Symbol.asyncDispose]();
});

/** A page of this machine, which would send samples, sends Opus, and as far ahead as one from elsewhere would. */
async function openFar(): Promise<Page> {
  const page = await browser.newPage();
  await page.addInitScript(`
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
      if (message?.to === 'play') message.order.wish = { ...message.order.wish, codec: 'opus', latencyMs: 1000 };
      return post.call(this, message, transfer);
    };
  `);
  await goLive(page, server.url);
  return page;
}

async function playTone(page: Page, seconds: number): Promise<void> {
  const wav = join(server.folder, 'tone.wav');
  writeWav(wav, SPEC, bytesOf(sine(SPEC.rate / PERIOD_FRAMES, 0.25, seconds)));
  await page.getByTestId('file-input').setInputFiles(wav);
}

/** What the hall plays from now until `end` settles, as far as it is audible: the left channel. */
async function heardUntil(end: Promise<unknown>, from: Weir = weir): Promise<Float32Array> {
  const ear = await from.record({ name: 'ear', device: 'hall.monitor', ...SPEC, latencyMs: 400 });
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const bytes of ear) chunks.push(bytes.slice());
  })();
  await end;
  await ear.close();
  await reading;
  expect(ear.lostFrames).toBe(0);
  const stereo = samplesOfBytes(new Uint8Array(Buffer.concat(chunks)));
  const left = Float32Array.from({ length: stereo.length / 2 }, (_, i) => (stereo[2 * i] ?? 0) / 32_768);
  const loud = (x: number) => Math.abs(x) > 0.02;
  return left.subarray(left.findIndex(loud), left.findLastIndex(loud) + 1);
}

/** No frame was cut out, doubled or made up, from the second packet on to the last but one. */
function expectContinuous(sound: Float32Array): void {
  const inner = sound.subarray(PACKET_FRAMES, -PACKET_FRAMES);
  for (const jump of toneJumps(inner, PERIOD_FRAMES, 8 * PERIOD_FRAMES)) expect(Math.abs(jump)).toBeLessThan(0.5);
}

const played = (page: Page, what: string, is: (play: PageStats['play'][number]) => boolean, limitMs?: number) =>
  eventually(
    what,
    async () => {
      const [play] = (await statsOf(page)).play;
      return play && is(play) ? play : undefined;
    },
    limitMs,
  );

/** What the page said last of the file: once it was heard, the page forgets it. */
function ended(page: Page): Promise<PageStats['play'][number]> {
  let last: PageStats['play'][number] | undefined;
  const look = async () => {
    const [play] = (await statsOf(page)).play;
    const over = last && !play;
    last = play ?? last;
    return over ? last : undefined;
  };
  return eventually('the file was heard', look, 40_000);
}

describe('a file as Opus', () => {
  test('is heard whole, each frame once', async () => {
    await using page = await openFar();
    const end = ended(page);
    const heard = heardUntil(end);
    await playTone(page, SECONDS);
    const sound = await heard;
    expect(sound.length).toBeGreaterThan(SECONDS * SPEC.rate - SLACK_FRAMES);
    expect(sound.length).toBeLessThan(SECONDS * SPEC.rate + SLACK_FRAMES);
    expectContinuous(sound);
    expect(await end).toMatchObject({ codec: 'opus', framesDropped: 0 });
    expect((await weir.snapshot()).streams.filter(({ name }) => name === 'tone.wav')).toEqual([]);
  }, 60_000);

  test('goes on without a seam when its connection dies', async () => {
    await using page = await openFar();
    const by = async (carrier: string) =>
      eventually(`by ${carrier}`, async () => {
        const { clients } = await weir.snapshot();
        return clients.some((client) => client.carrier === carrier) ? true : undefined;
      });
    await by('webtransport');
    const heard = heardUntil(ended(page));
    await playTone(page, SECONDS);
    await played(page, 'two seconds', ({ framesPlayed }) => framesPlayed > 2 * SPEC.rate);
    process.kill(quicChildOf(server.pid), 'SIGKILL');
    const sound = await heard;
    expect(sound.length).toBeGreaterThan(SECONDS * SPEC.rate - SLACK_FRAMES);
    expect(sound.length).toBeLessThan(SECONDS * SPEC.rate + SLACK_FRAMES);
    expectContinuous(sound);
  }, 60_000);

  test('the server killed in mid-play: it goes on from where it was', async () => {
    await using page = await openFar();
    await playTone(page, 3 * SECONDS);
    await played(page, 'two seconds', ({ framesPlayed }) => framesPlayed > 2 * SPEC.rate);
    const gone = once(server.process, 'exit');
    server.process.kill('SIGKILL');
    await gone;
    const { framesPlayed } = await played(page, 'the page knows', ({ phase }) => phase === 'reconnecting');
    await using next = await startServer({ devices: ['null:hall'], listen: new URL(server.url).host });
    const again = await connect({ name: 'test', socket: next.socket });
    const sound = await heardUntil(ended(page), again);
    const leftFrames = 3 * SECONDS * SPEC.rate - framesPlayed;
    // What the page comes back with may begin before the ear is there.
    expect(sound.length).toBeGreaterThan(leftFrames - 3 * SPEC.rate);
    expect(sound.length).toBeLessThan(leftFrames + SLACK_FRAMES);
    expectContinuous(sound);
    again.close();
  }, 90_000);
});
