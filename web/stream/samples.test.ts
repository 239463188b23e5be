import { describe, expect, test } from 'vitest';
import { weir } from '#proto';
import { decodeSamples, encodeSamples, interleave, wireFormatFor } from './samples.js';

const { S16, F32 } = weir.v1.SampleFormat;

describe('samples on the wire', () => {
  test('f32 comes back exactly, whatever byte it starts at', () => {
    const samples = Float32Array.from([0, 1, -1, 0.1, -1.7, 1e-9]);
    const encoded = encodeSamples(samples, F32);
    const shifted = new Uint8Array(encoded.length + 1);
    shifted.set(encoded, 1);
    expect(decodeSamples(shifted.subarray(1), F32)).toEqual(samples);
  });

  test('s16 keeps every value it has and clips beyond', () => {
    const all = Float32Array.from({ length: 65536 }, (_, i) => (i - 32768) / 32768);
    expect(decodeSamples(encodeSamples(all, S16), S16)).toEqual(all);
    expect([...new Int16Array(encodeSamples(Float32Array.from([1, 2, -2, NaN]), S16).buffer)]).toEqual([
      32767, 32767, -32768, 0,
    ]);
  });

  test('little endian', () => {
    expect([...encodeSamples(Float32Array.from([0.5]), S16)]).toEqual([0, 0x40]);
  });

  test('a torn sample at the end is left out', () => {
    expect(decodeSamples(new Uint8Array(7), F32)).toHaveLength(1);
    expect(decodeSamples(new Uint8Array(3), S16)).toHaveLength(1);
  });

  test('interleaves a part of planar channels', () => {
    expect([...interleave([Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)], 1, 2)]).toEqual([2, 5, 3, 6]);
  });
});

test('only this machine gets the full width', () => {
  expect(['localhost', '127.0.0.1', '[::1]'].map(wireFormatFor)).toEqual([F32, F32, F32]);
  expect(['127.evil.example', 'studio.local', '10.0.0.2'].map(wireFormatFor)).toEqual([S16, S16, S16]);
});
