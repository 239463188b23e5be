import { weir } from '#proto';
import { describe, expect, test } from 'vitest';
import { levelsOf, patched, stateOf } from './mixer-state.js';

const before = stateOf({
  revision: 4,
  devices: [{ name: 'a' }, { name: 'b' }],
  clients: [{ client: 1, name: 'one' }],
  streams: [{ stream: 1 }, { stream: 2, volume: 1 }],
});

describe('patches', () => {
  test('replace in place, add at the end, remove', () => {
    const after = patched(before, {
      revision: 5,
      devices: [{ name: 'b', muted: true }, { name: 'c' }],
      streams: [{ stream: 2, volume: 0.5 }],
      devicesGone: ['a'],
      streamsGone: [1],
    });
    expect(after.devices.map(({ name, muted }) => [name, muted])).toEqual([
      ['b', true],
      ['c', false],
    ]);
    expect(after.streams.map(({ stream, volume }) => [stream, volume])).toEqual([[2, 0.5]]);
    expect(after.clients).toBe(before.clients);
    expect(before.devices).toHaveLength(2);
  });

  test('as old as the state change nothing; what is gone already stays gone', () => {
    expect(patched(before, { revision: 4, devicesGone: ['a'] })).toBe(before);
    expect(patched(before, { revision: 6, clientsGone: [77] }).clients).toEqual(before.clients);
  });

  test('a newer server’s words read as something safe', () => {
    // As the wire carries it: a device "x" of direction 9 and format 99, a stream in state 42.
    const bytes = Uint8Array.from([0x12, 7, 0x0a, 1, 0x78, 0x18, 9, 0x48, 99, 0x22, 2, 0x60, 42]);
    const { devices, streams } = stateOf(weir.v1.Snapshot.decode(bytes));
    expect(devices[0]).toMatchObject({ format: 'f32', direction: 'playback', monitorOf: null });
    expect(streams[0]?.state).toBe('unknown');
  });
});

test('levels by device and by stream', () => {
  const levels = levelsOf({ levels: [{ device: 'a', peak: [1], rms: [0.5] }, { stream: 3, peak: [0.25] }, {}] });
  expect([...levels.devices]).toEqual([['a', { peak: [1], rms: [0.5] }]]);
  expect([...levels.streams]).toEqual([[3, { peak: [0.25], rms: [] }]]);
});
