import { expect, test } from 'vitest';
import { frameBytesOf } from '../device/wav-header.js';
import { LOOK_AHEAD_FRAMES } from './limits.js';
import { largestStep, MixerBench, steady, toFloats } from './mixer.fixture.js';

const FLOATS = { format: 'f32', rate: 48_000, channels: 2 } as const;

/** A steady 0.5 in both channels, and what the device gets of it. */
function playing() {
  const bench = new MixerBench(FLOATS, 128);
  bench.play(FLOATS).writer.write(steady(8192, 2, 0.5));
  return (quanta: number) => {
    const heard = toFloats(bench.render(quanta), 'f32');
    const of = (channel: number) => heard.filter((_, i) => i % 2 === channel);
    return { bench, left: of(0), right: of(1) };
  };
}

test('each channel has its gain from the start', () => {
  const next = playing();
  next(0).bench.mixer.take({ kind: 'output-gain', gains: [0.5, 0.25] });
  const { left, right } = next(8);
  expect(new Set(left.slice(LOOK_AHEAD_FRAMES))).toEqual(new Set([0.25]));
  expect(new Set(right.slice(LOOK_AHEAD_FRAMES))).toEqual(new Set([0.125]));
});

test('a channel that is moved alone moves softly, and the other one not at all', () => {
  const next = playing();
  const { bench } = next(4);
  for (const gains of [[1, 0.25], [0.5, 0.25], [0.75], [1]]) {
    bench.mixer.take({ kind: 'output-gain', gains });
    const { left, right } = next(8);
    // From one end to the other in 10 ms.
    for (const channel of [left, right]) expect(largestStep(channel, 1)).toBeLessThan(0.5 / 470);
    expect([left.at(-1), right.at(-1)]).toEqual([0.5 * (gains[0] ?? 1), 0.5 * (gains[1] ?? gains[0] ?? 1)]);
  }
  const { left, right } = next(2);
  expect(new Set([...left, ...right])).toEqual(new Set([0.5]));
});

test('who hears the mix without his own hears it at the same gains', () => {
  const bench = new MixerBench(FLOATS, 128);
  bench.mixer.take({ kind: 'output-gain', gains: [1, 0.5] });
  const tap = bench.listen(FLOATS, { mixMinus: true, client: 9 });
  bench.play(FLOATS).writer.write(steady(1280, 2, 0.5));
  bench.render(8);
  const into = Buffer.alloc(tap.reader.available() * frameBytesOf(FLOATS));
  tap.reader.read(into);
  expect(toFloats(into, 'f32').slice(-2)).toEqual([0.5, 0.25]);
});
