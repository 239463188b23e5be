import { expect, test } from 'vitest';
import { frameBytesOf } from '../device/wav-header.js';
import { type Listening, MixerBench, steady, toFloats } from './mixer.fixture.js';

const DEVICE = { format: 's16', rate: 48_000, channels: 2 } as const;
const FLOATS = { format: 'f32', rate: 48_000, channels: 2 } as const;

function heardBy({ reader }: Listening): Set<number> {
  const into = Buffer.alloc(reader.available() * frameBytesOf(FLOATS));
  reader.read(into);
  return new Set(toFloats(into, 'f32'));
}

test('of several streams one is heard alone, at its own fader and not the output’s, and the mix is as it was', () => {
  const bench = new MixerBench(DEVICE, 128);
  bench.mixer.take({ kind: 'output-gain', gains: [0.5] });
  const [solo, mix] = [bench.listen(FLOATS, { solo: 7 }), bench.listen(FLOATS)];
  bench.play(FLOATS, { stream: 6 }).writer.write(steady(1280, 2, 0.25));
  bench.play(FLOATS, { stream: 7, gain: 0.5 }).writer.write(steady(1280, 2, 0.5));
  bench.render(8);
  expect(heardBy(solo)).toEqual(new Set([0.25]));
  expect(heardBy(mix).has(0.25)).toBe(true);
});

test('its own samples come as they are', () => {
  const bench = new MixerBench(DEVICE, 128);
  const solo = bench.listen(DEVICE, { solo: 7 });
  const lone = Buffer.alloc(128 * 8 * 4);
  for (let i = 0; i < lone.length; i += 2) lone.writeInt16LE((i * 7919) % 30_000, i);
  bench.play(DEVICE, { stream: 7 }).writer.write(lone);
  bench.play(DEVICE, { stream: 8 }).writer.write(lone);
  bench.render(8);
  const into = Buffer.alloc(lone.length);
  solo.reader.read(into);
  expect(into.equals(lone)).toBe(true);
});

test('it is heard also where its client’s own sound is left out for somebody else', () => {
  const bench = new MixerBench(DEVICE, 128);
  const solo = bench.listen(FLOATS, { solo: 7 });
  const minus = bench.listen(FLOATS, { client: 3, mixMinus: true });
  bench.play(FLOATS, { stream: 7, client: 3 }).writer.write(steady(1280, 2, 0.5));
  bench.render(8);
  expect(heardBy(solo)).toEqual(new Set([0.5]));
  expect(heardBy(minus)).toEqual(new Set([0]));
});

test('silence comes at the device’s pace while that stream is elsewhere, and from the slot that it had', () => {
  const bench = new MixerBench(DEVICE, 128);
  const solo = bench.listen(FLOATS, { solo: 7 });
  bench.play(FLOATS, { stream: 8 }).writer.write(steady(1280, 2, 0.5));
  bench.render(8);
  expect(solo.reader.available()).toBe(8 * 128);
  expect(heardBy(solo)).toEqual(new Set([0]));
  bench.mixer.take({ kind: 'detach', slot: solo.slot });
  expect(solo.reading().released).toBe(1);
});
