import { describe, expect, test } from 'vitest';
import { weir } from '#proto';
import { applyPatch, applySnapshot, type MixerState } from './mixer-state.js';

const { Direction, Patch, SampleFormat, Snapshot, Stream, StreamState, Transport } = weir.v1;

const empty = (): MixerState => ({ revision: 0, devices: {}, clients: {}, streams: {} });

/** As it comes from the wire: encoded and decoded. */
function overTheWire(properties: weir.v1.Snapshot.$Properties): weir.v1.Snapshot {
  return Snapshot.decode(Snapshot.encode(properties).finish());
}

const SNAPSHOT: weir.v1.Snapshot.$Properties = {
  revision: 3,
  devices: [{ name: 'hall', direction: Direction.PLAYBACK, kind: 'null', volume: 1, isDefault: true }],
  clients: [{ client: 4, name: 'weir play', carrier: 'unix', pid: 99 }],
  streams: [
    {
      stream: 9,
      client: 4,
      name: 'song',
      direction: Direction.PLAYBACK,
      device: 'hall',
      transport: Transport.RING,
      format: SampleFormat.S16,
      volume: 0.5,
      state: StreamState.PLAYING,
    },
  ],
};

describe('the mixer’s state', () => {
  test('a snapshot becomes plain objects in our words', () => {
    const state = empty();
    applySnapshot(state, overTheWire(SNAPSHOT));
    expect(state.revision).toBe(3);
    expect(state.devices['hall']).toMatchObject({ isOutput: true, kind: 'null', volume: 1, isDefault: true });
    expect(state.streams[9]).toMatchObject({ sharedMemory: true, format: 's16', phase: 'playing', volume: 0.5 });
    expect(Object.getPrototypeOf(state.streams[9])).toBe(Object.prototype);
  });

  test('a patch changes what it names, removes what is gone, and keeps the objects', () => {
    const state = empty();
    applySnapshot(state, overTheWire(SNAPSHOT));
    const hall = state.devices['hall'];
    applyPatch(
      state,
      new Patch({
        revision: 4,
        devices: [{ name: 'hall', direction: Direction.PLAYBACK, volume: 0.25 }, { name: 'roof' }],
        streamsGone: [9],
      }),
    );
    expect(state.devices['hall']).toBe(hall);
    expect(hall?.volume).toBe(0.25);
    expect(Object.keys(state.devices)).toEqual(['hall', 'roof']);
    expect(state.streams).toEqual({});
    expect(state.clients[4]?.name).toBe('weir play');
  });

  test('a new snapshot drops what it does not name, even when its revision is lower', () => {
    const state = empty();
    applySnapshot(state, overTheWire(SNAPSHOT));
    applySnapshot(state, overTheWire({ revision: 1, devices: [{ name: 'roof' }] }));
    expect(state).toMatchObject({ revision: 1, clients: {}, streams: {} });
    expect(Object.keys(state.devices)).toEqual(['roof']);
  });

  test('a patch older than the state is ignored', () => {
    const state = empty();
    applySnapshot(state, overTheWire(SNAPSHOT));
    applyPatch(state, new Patch({ revision: 2, devicesGone: ['hall'] }));
    expect(state.devices['hall']).toBeDefined();
  });

  test('words that this page does not know yet do not stop it', () => {
    const state = empty();
    // stream = 1, state = 77, format = 99
    const fromTheFuture = Stream.decode(new Uint8Array([0x08, 1, 0x60, 77, 0x38, 99]));
    applySnapshot(state, new Snapshot({ revision: 1, streams: [fromTheFuture] }));
    expect(state.streams[1]).toMatchObject({ phase: 'unknown', format: '' });
  });

  test('a device named like a property of every object is a device', () => {
    const state = empty();
    applySnapshot(state, overTheWire({ devices: [{ name: 'constructor', kind: 'null' }] }));
    expect(Object.keys(state.devices)).toEqual(['constructor']);
    expect(state.devices['constructor']?.kind).toBe('null');
  });
});
