import { expect, test } from 'vitest';
import { CHANNELS, PLAY_LIMITS } from '../limits.js';
import { EncoderRelay } from './encoder-relay.js';
import type { PacketEncoder } from './packet-encoder.js';

/** Remembers what it was given, by its left samples, each of which is its own frame. */
function recorder(packetFrames: number) {
  const fed: { frame: number; captureUs: number; first: number; frames: number }[] = [];
  const calls: string[] = [];
  let fedFrames = 0;
  let primed: number[] = [];
  const encoder: PacketEncoder = {
    codec: 'opus',
    bytesPerSecond: 6000,
    pendingFrames: 0,
    get lackingFrames() {
      return (packetFrames - (fedFrames % packetFrames)) % packetFrames;
    },
    prime: (samples) => void (primed = [...samples].filter((_, i) => i % CHANNELS === 0)),
    encode: (samples, frame, captureUs) => {
      const frames = samples.length / CHANNELS;
      fed.push({ frame, captureUs, first: samples[0] ?? -1, frames });
      fedFrames += frames;
    },
    finish: () => Promise.resolve(),
    retire: () => void calls.push('retire'),
    close: () => void calls.push('close'),
  };
  return { encoder, fed, calls, primed: () => primed };
}

/** Frames whose samples are their own positions. */
const block = (frame: number, frames: number) =>
  Float32Array.from({ length: frames * CHANNELS }, (_, i) => frame + Math.floor(i / CHANNELS));

function run(relay: EncoderRelay, fromFrame: number, toFrame: number, frames = 512): void {
  for (let frame = fromFrame; frame < toFrame; frame += frames) {
    relay.encode(block(frame, frames), frame, 1_000_000 + Math.round(frame / 0.048));
  }
}

test('the next encoder begins where a packet of the one before it ends, and no frame is left out', () => {
  const [old, next] = [recorder(960), recorder(480)];
  const relay = new EncoderRelay(old.encoder);
  run(relay, 0, 5120);
  relay.goOverTo(next.encoder);
  run(relay, 5120, 8192);
  const border = old.fed.reduce((sum, { frames }) => sum + frames, 0);
  expect(border % 960).toBe(0);
  expect(old.calls).toEqual(['retire']);
  expect(next.fed[0]).toMatchObject({ frame: border, first: border });
  let end = 0;
  for (const { frame, first, frames } of [...old.fed, ...next.fed]) {
    expect([frame, first]).toEqual([end, end]);
    end += frames;
  }
  expect(end).toBe(8192);
});

test('it has heard what was encoded right before, and its times go on', () => {
  const [old, next] = [recorder(960), recorder(480)];
  const relay = new EncoderRelay(old.encoder);
  run(relay, 0, 7168);
  relay.goOverTo(next.encoder);
  run(relay, 7168, 8192);
  const [{ frame, captureUs } = { frame: 0, captureUs: 0 }] = next.fed;
  const before = Array.from(
    { length: PLAY_LIMITS.opusPrerollFrames },
    (_, i) => frame - PLAY_LIMITS.opusPrerollFrames + i,
  );
  expect(next.primed()).toEqual(before);
  expect(Math.abs(captureUs - 1_000_000 - frame / 0.048)).toBeLessThanOrEqual(1);
});

test('one that is not wanted any more before it began is closed, and at the end both are', () => {
  const [old, first, second] = [recorder(960), recorder(480), recorder(480)];
  const relay = new EncoderRelay(old.encoder);
  run(relay, 0, 512);
  relay.goOverTo(first.encoder);
  relay.goOverTo(second.encoder);
  expect(first.calls).toEqual(['close']);
  relay.close();
  expect([old.calls, second.calls]).toEqual([['close'], ['close']]);
});
