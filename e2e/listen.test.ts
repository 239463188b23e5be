import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { expect, test } from 'vitest';
import { connect } from '../native-shim/client/index.js';
import { wavHeader } from '../server/device/wav-header.js';
import { startBrowser } from './browser.js';
import { eventually } from './eventually.js';
import { type Server, startServer } from './server.js';
import { amplitudeOf, bytesOf, samplesOfBytes, sine } from './tone.js';
import { startWeir } from './weir-process.js';

const HZ = 1000;
const AMPLITUDE = 0.5;
const TONE_S = 60;
const SHAPE = { format: 's16', rate: 48_000, channels: 2 } as const;

/** A server that plays a tone until it is stopped. */
async function toneServer(): Promise<Server> {
  const server = await startServer({ devices: ['null:desk'] });
  const file = join(server.folder, 'tone.wav');
  const tone = bytesOf(sine(HZ, AMPLITUDE, TONE_S));
  writeFileSync(file, Buffer.concat([wavHeader(SHAPE, tone.length), tone]));
  startWeir(['play', file, '--socket', server.socket]);
  const weir = await connect({ socket: server.socket, name: 'look' });
  await eventually('the tone', async () => (await weir.snapshot()).streams.find(({ state }) => state === 'playing'));
  weir.close();
  return server;
}

function ask(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((settle, fail) => get(url, { headers, agent: false }, settle).once('error', fail));
}

/** The first bytes of an answer that has no end; then the listener goes. */
async function hear(answer: IncomingMessage, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= bytes) break;
  }
  answer.destroy();
  return Buffer.concat(parts);
}

test('a player without a script hears an output, and goes as it came', async () => {
  await using server = await toneServer();
  const weir = await connect({ socket: server.socket, name: 'look' });
  const players = async () => (await weir.snapshot()).clients.filter(({ carrier }) => carrier === 'player');

  const ogg = await ask(`${server.url}/listen/desk.ogg`, { 'user-agent': 'VLC/3.0.20 LibVLC/3.0.20' });
  expect(ogg.statusCode).toBe(200);
  expect(ogg.headers).toMatchObject({
    'content-type': 'audio/ogg; codecs=opus',
    'cache-control': 'no-store',
    'accept-ranges': 'none',
    'transfer-encoding': 'chunked',
  });
  expect(await players()).toMatchObject([{ name: 'VLC' }]);
  const { streams } = await weir.snapshot();
  expect(streams).toContainEqual(
    expect.objectContaining({ direction: 'record', device: 'desk.monitor', codec: 'opus', transport: 'copies' }),
  );
  const decoder = new OggOpusDecoder();
  await decoder.ready;
  const { channelData, errors } = await decoder.decodeFile(await hear(ogg, 40_000));
  decoder.free();
  expect(errors).toEqual([]);
  const left = channelData[0] ?? new Float32Array();
  expect(left.length).toBeGreaterThan(48_000);
  const stereo = Int16Array.from({ length: 2 * left.length }, (_, i) => Math.round((left[i >> 1] ?? 0) * 32_767));
  expect(amplitudeOf(HZ, stereo)).toBeCloseTo(AMPLITUDE, 1);
  await eventually('it to be gone', async () => (await players()).length === 0 || undefined);
  weir.close();
});

test('WAV is the very samples, of a length that nobody knows; a part of it is not to be had', async () => {
  await using server = await toneServer();
  const wav = await ask(`${server.url}/listen/desk.wav`, { range: 'bytes=1000-2000' });
  expect(wav.statusCode).toBe(200);
  expect(wav.headers).toMatchObject({ 'content-type': 'audio/wav', 'accept-ranges': 'none' });
  const bytes = await hear(wav, 400_000);
  expect([bytes.readUInt32LE(4), bytes.readUInt32LE(bytes.indexOf('data') + 4)]).toEqual([0xffff_ffff, 0xffff_ffff]);
  const file = join(server.folder, 'heard.wav');
  writeFileSync(file, bytes);
  const sox = spawnSync('sox', [file, '-t', 'raw', '-e', 'signed', '-b', '16', '-'], { maxBuffer: 2 ** 24 });
  expect(sox.status).toBe(0);
  // A monitor's frames are those of the device: the tone as it was sent, from some frame on.
  expect(amplitudeOf(HZ, samplesOfBytes(new Uint8Array(sox.stdout)))).toBeCloseTo(AMPLITUDE, 3);
});

test('HEAD listens to nothing; what there is not is said with its code', async () => {
  await using server = await startServer({ devices: ['null:desk'] });
  const head = await fetch(`${server.url}/listen/desk.ogg`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'audio/ogg; codecs=opus']);
  expect((await fetch(`${server.url}/listen/attic.wav`, { method: 'HEAD' })).status).toBe(404);
  const missing = await fetch(`${server.url}/listen/attic.wav`);
  expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'DEVICE_NOT_FOUND' }]);
  expect((await fetch(`${server.url}/listen/desk.mp3`)).status).toBe(400);
  const weir = await connect({ socket: server.socket, name: 'look' });
  expect((await weir.snapshot()).streams).toEqual([]);
  weir.close();
});

test('no more players than there are places; one that goes makes room', async () => {
  await using server = await startServer({ devices: ['null:desk'] });
  const url = `${server.url}/listen/desk.ogg`;
  const players = await Promise.all(Array.from({ length: 64 }, () => ask(url)));
  expect(new Set(players.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  expect((await ask(url)).statusCode).toBe(503);
  players[0]?.destroy();
  await eventually('a place', async () => {
    const answer = await ask(url);
    players.push(answer);
    return answer.statusCode === 200 || undefined;
  });
  for (const player of players) player.destroy();
});

test('the server’s end is the end of the sound: the answer is complete', async () => {
  await using server = await startServer({ devices: ['null:desk'] });
  const answer = await ask(`${server.url}/listen/desk.ogg`);
  const weir = await connect({ socket: server.socket, name: 'look' });
  const [player] = (await weir.snapshot()).clients.filter(({ carrier }) => carrier === 'player');
  await weir.kick(player?.client ?? 0);
  const parts: Buffer[] = [];
  for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
  const last = Buffer.concat(parts).subarray(-27);
  // A page of its own, without a packet, that says "end of stream".
  expect([last.toString('latin1', 0, 4), last[5], last[26]]).toEqual(['OggS', 4, 0]);
  weir.close();
});

test('a signed address ends in its time, also for who began in it', async () => {
  await using server = await startServer({ devices: ['null:desk'] });
  const wish = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const body = JSON.stringify({ path: '/listen/desk.wav', lifeS: 2 });
  const signed = await fetch(`${server.url}/api/v1/listen-links`, { ...wish, body });
  const answer = await ask(((await signed.json()) as { url: string }).url);
  expect(answer.statusCode).toBe(200);
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) bytes += part.length;
  expect(answer.complete).toBe(true);
  expect(bytes).toBeGreaterThan(0);
});

/** Runs in the page: the largest sample of the first second that is heard, and how far the element came. */
const playAndMeter = (src: string) => `(async () => {
  const audio = new Audio(${JSON.stringify(src)});
  const context = new AudioContext();
  const meter = new AnalyserNode(context);
  context.createMediaElementSource(audio).connect(meter).connect(context.destination);
  await context.resume();
  await audio.play();
  const samples = new Float32Array(meter.fftSize);
  let largest = 0;
  for (let i = 0; i < 200 && (largest < 0.46 || audio.currentTime < 1); i++) {
    await new Promise((settle) => setTimeout(settle, 100));
    meter.getFloatTimeDomainData(samples);
    largest = Math.max(largest, ...samples);
  }
  return { largest, playedS: audio.currentTime };
})()`;

test.each(['ogg', 'wav'])('<audio> of a real browser plays the .%s', async (ending) => {
  await using server = await toneServer();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.mouse.click(1, 1);
    const peak = await page.evaluate<{ largest: number; playedS: number }>(playAndMeter(`/listen/desk.${ending}`));
    expect(peak.playedS).toBeGreaterThan(0.9);
    expect(peak.largest).toBeCloseTo(AMPLITUDE, 1);
  } finally {
    await browser.close();
  }
});
