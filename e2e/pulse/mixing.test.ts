import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type MixerState, type Weir } from '../../native-shim/client/index.js';
import { SEEK } from '../../server/carrier/pulse/wire/numbers.js';
import { PATCH_INTERVAL_MS } from '../../server/session/limits.js';
import { eventually } from '../eventually.js';
import { type Server, startServer } from '../server.js';
import { bytesOf, sine } from '../tone.js';
import { writeWav } from '../wav.js';
import { Ear } from './ear.js';
import { frame } from './frames.js';
import { HZ, LEVEL, loudness } from './loudness.js';
import { playing as playingStream } from './opening.js';
import { type Listed, listed, outputOf, pactl, type Running, runPulse, startPulse } from './program.js';
import { RawPulse } from './raw-pulse.js';

let server: Server;
let weir: Weir;
let seen: MixerState | undefined;
const at = (name: string): string => join(server.folder, name);

beforeAll(async () => {
  server = await startServer({ devices: ['null:hall', 'null:yard'] });
  weir = await connect({ name: 'test', socket: server.socket });
  await weir.watch((state) => (seen = state));
  writeWav(at('tone.wav'), { format: 's16', rate: 48_000, channels: 2 }, bytesOf(sine(HZ, LEVEL, 60)));
});

afterAll(async () => {
  weir.close();
  await server[Symbol.asyncDispose]();
});

/** 20 ms by design; the rest forgives a busy machine. */
const SEEN_LIMIT_MS = 1000;
/** What Weir's own client is told of a change that was answered just now. */
const soon = (what: string, look: () => boolean | undefined) =>
  eventually(what, () => look() || undefined, SEEN_LIMIT_MS);

const device = (name: string) => seen?.devices.find((one) => one.name === name);

const nobodyPlays = () =>
  eventually('nobody plays', async () => (await listed(server, 'sink-inputs')).length === 0 || undefined);

/** A player, and what pactl knows of it. */
async function playing(): Promise<AsyncDisposable & { running: Running; input: Listed }> {
  await nobodyPlays();
  const running = startPulse(server, 'paplay', ['--latency-msec=200', at('tone.wav')]);
  const input = await eventually('a sink input', async () => (await listed(server, 'sink-inputs'))[0]);
  return { running, input, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

/** One channel of s16 stereo frames, in both. */
function onlyOf(channel: 0 | 1, sound: Buffer): Buffer {
  const both = Buffer.from(sound);
  for (let at = 0; at + 3 < sound.length; at += 4) {
    const sample = sound.readInt16LE(at + 2 * channel);
    both.writeInt16LE(sample, at);
    both.writeInt16LE(sample, at + 2);
  }
  return both;
}

const percentOf = ({ volume }: Listed): string | undefined => volume?.['front-left']?.value_percent;

/** `pactl subscribe` at work: what it said since it was last asked. */
async function listener(): Promise<AsyncDisposable & { hears(event: RegExp): Promise<unknown> }> {
  const running = startPulse(server, 'pactl', ['subscribe']);
  let from = 0;
  const hears = (event: RegExp) =>
    eventually(`${event}`, () => {
      const said = running.output().toString();
      const found = event.exec(said.slice(from));
      if (found) from = said.length;
      return found ?? undefined;
    });
  // It says nothing when it has begun. Who comes and goes between two pieces of news is none: this one stays for some.
  await eventually('pactl listens', async () => {
    const passerBy = await connect({ name: 'passer-by', socket: server.socket });
    await sleep(5 * PATCH_INTERVAL_MS);
    passerBy.close();
    return running.output().length > 0 || undefined;
  });
  return { hears, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

describe('volumes are the same whoever looks, and whoever moves them', () => {
  test('an output’s, from pactl and from amixer to Weir’s mixer', async () => {
    await pactl(server, 'set-sink-volume', 'hall', '40%');
    await soon('40 %', () => Math.abs((device('hall')?.volume ?? 0) - 0.4) < 0.001);
    await pactl(server, 'set-sink-mute', 'hall', '1');
    await soon('muted', () => device('hall')?.muted);
    await outputOf(server, 'amixer', ['-q', 'sset', 'Master', '100%', 'unmute']);
    await soon('100 %', () => device('hall')?.volume === 1 && !device('hall')?.muted);
  });

  test('an output’s channels each have theirs, whoever moves the fader', async () => {
    await using _player = await playing();
    await using events = await listener();
    await using ear = await Ear.open(server, 'hall.monitor');
    await pactl(server, 'set-sink-volume', 'hall', '50%', '100%');
    await events.hears(/'change' on sink #0/);
    await soon('the balance', () => device('hall')?.balance.join() === '0.5,1');
    await eventually('the left eighth of the tone, and all of the right', async () => {
      const sound = await ear.next(0.1);
      const near = (channel: 0 | 1, level: number) => Math.abs(loudness(onlyOf(channel, sound)) - level) < 0.05 * LEVEL;
      return (near(0, LEVEL / 8) && near(1, LEVEL)) || undefined;
    });
    await weir.setLevel({ device: 'hall' }, { volume: 0.5 });
    expect(await pactl(server, 'get-sink-volume', 'hall')).toMatch(
      /front-left: 16384 .*front-right: 32768 [^]*balance 0\.50/,
    );
    await pactl(server, 'set-sink-volume', 'hall', '100%');
    await soon('none', () => device('hall')?.balance.length === 0);
    expect((await runPulse(server, 'pactl', ['set-sink-volume', 'hall', '1%', '2%', '3%'])).status).not.toBe(0);
  });

  test('an output’s, from Weir’s mixer to who subscribed', async () => {
    await using events = await listener();
    await weir.setLevel({ device: 'yard' }, { volume: 0.5, muted: true });
    await events.hears(/'change' on sink #1/);
    expect(await pactl(server, 'get-sink-volume', 'yard')).toContain('front-left: 32768 /  50% / -18.06 dB');
    expect(await pactl(server, 'get-sink-mute', 'yard')).toBe('Mute: yes\n');
    // amixer's Capture is the default source, and that the hall's monitor.
    expect(await outputOf(server, 'amixer', ['sget', 'Capture'])).toContain('[100%]');
    await weir.setLevel({ device: 'yard' }, { volume: 1, muted: false });
  });

  test('a stream’s, both ways, and its sound follows', async () => {
    await using player = await playing();
    await using events = await listener();
    await using ear = await Ear.open(server, 'hall.monitor');
    const { index } = player.input;
    const ofWeir = () => seen?.streams.find(({ stream }) => stream === index);
    await pactl(server, 'set-sink-input-volume', `${index}`, '50%');
    await soon('50 %', () => Math.abs((ofWeir()?.volume ?? 0) - 0.5) < 0.001);
    await eventually('an eighth of the level', async () => {
      return Math.abs(loudness(await ear.next(0.1)) - LEVEL / 8) < 0.05 * LEVEL || undefined;
    });
    await events.hears(/'change' on sink-input #/);
    await weir.setLevel({ stream: index }, { volume: 0.8, muted: false });
    await events.hears(/'change' on sink-input #/);
    const [shown] = await listed(server, 'sink-inputs');
    expect(shown && percentOf(shown)).toBe('80%');
    await pactl(server, 'set-sink-input-mute', `${index}`, '1');
    await soon('muted', () => ofWeir()?.muted);
    await eventually('silence', async () => loudness(await ear.next(0.1)) < LEVEL / 1000 || undefined);
  });
});

describe('what is moved and ended', () => {
  test('a stream moves to another output and back, and Weir sees it there', async () => {
    await using player = await playing();
    const { index } = player.input;
    for (const [sink, name] of ['hall', 'yard', 'hall'].entries()) {
      await pactl(server, 'move-sink-input', `${index}`, name);
      await eventually(`${sink}: in the ${name}`, () => {
        return seen?.streams.find(({ stream }) => stream === index)?.device === name || undefined;
      });
      await using ear = await Ear.open(server, `${name}.monitor`);
      await eventually('its tone', async () => loudness(await ear.next(0.1)) > LEVEL / 2 || undefined);
    }
  });

  test('a stream whose program wants it to stay where it is stays', async () => {
    const client = RawPulse.greeted(at('pulse.sock'));
    const { sinkInput } = client.must('CREATE_PLAYBACK_STREAM', playingStream({ dontMove: true }));
    const moved = await runPulse(server, 'pactl', ['move-sink-input', `${sinkInput}`, 'yard']);
    expect(moved.stderr).toContain('Invalid argument');
    expect((await listed(server, 'sink-inputs')).find(({ index }) => index === sinkInput)?.sink).toBe(0);
    client.close();
  });

  test('what a program writes where it was heard already is counted, where the mixer shows its stream', async () => {
    const client = RawPulse.greeted(at('pulse.sock'));
    const { channel, sinkInput } = client.must('CREATE_PLAYBACK_STREAM', playingStream({ prebufBytes: 4000 }));
    client.send(frame(new Uint8Array(96_000), { channel }));
    await eventually(
      'it plays',
      () => seen?.streams.some(({ stream, state }) => stream === sinkInput && state === 'playing') || undefined,
    );
    client.send(frame(new Uint8Array(400), { channel, flags: SEEK.ABSOLUTE }));
    await soon(
      '100 late frames',
      () => seen?.streams.find(({ stream }) => stream === sinkInput)?.droppedFrames === 100,
    );
    client.close();
  });

  test('a recorder moves to another monitor', async () => {
    await using player = await playing();
    expect(player.input.sink).toBe(0);
    await using ear = await Ear.open(server, 'yard.monitor');
    expect(loudness(await ear.next(0.1))).toBe(0);
    const [output] = await listed(server, 'source-outputs');
    await pactl(server, 'move-source-output', `${output?.index}`, 'hall.monitor');
    await eventually('its tone', async () => loudness(await ear.next(0.1)) > LEVEL / 2 || undefined);
  });

  test('who is sent away from Weir’s mixer ends, and is gone', async () => {
    await using player = await playing();
    const { process } = player.running;
    const end = new Promise((resolve) => process.once('exit', resolve));
    await weir.kick(Number(player.input.client));
    expect(await end).not.toBe(0);
    await nobodyPlays();
  });

  test('a program that dies in the middle of its sound leaves nothing', async () => {
    const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length;
    await nobodyPlays();
    const before = descriptors();
    const players = Array.from({ length: 5 }, () => startPulse(server, 'paplay', [at('tone.wav')]));
    await eventually('all play', async () => ((await listed(server, 'sink-inputs')).length === 5 ? true : undefined));
    for (const { process } of players) process.kill('SIGKILL');
    await nobodyPlays();
    await eventually('its descriptors are closed', () => descriptors() <= before || undefined);
  });
});

describe('suspending', () => {
  test('pasuspender’s program runs, and sound goes on after it', async () => {
    await using player = await playing();
    expect(await outputOf(server, 'pasuspender', ['--', 'echo', 'alone'])).toBe('alone\n');
    await using ear = await Ear.open(server, 'hall.monitor');
    await eventually('the tone', async () => loudness(await ear.next(0.1)) > LEVEL / 2 || undefined);
    expect(player.running.process.exitCode).toBeNull();
  });

  test('pasuspender passes on how its program ended', async () => {
    expect((await runPulse(server, 'pasuspender', ['--', 'sh', '-c', 'exit 7'])).status).toBe(7);
  });
});
