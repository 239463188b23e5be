import { weir } from '#proto';
import { describe, expect, test } from 'vitest';
import { EMPTY_STATE, type MixerState, stateOf } from '../../native-shim/client/mixer-state.js';
import { chooseSource } from './record-source.js';
import { resolveClient, resolveStream, resolveTarget } from './target.js';

const { PLAYBACK, RECORD } = weir.v1.Direction;

const house: MixerState = stateOf({
  devices: [
    { name: 'speakers', description: 'Built-in Audio', direction: PLAYBACK, isDefault: true },
    { name: 'speakers.monitor', direction: RECORD, kind: 'monitor', monitorOf: 'speakers' },
    { name: '7', direction: PLAYBACK },
    { name: '7.monitor', direction: RECORD, kind: 'monitor', monitorOf: '7' },
  ],
  clients: [
    { client: 1, name: 'Firefox', program: '/usr/bin/firefox' },
    { client: 2, name: 'weir play' },
    { client: 3, name: 'weir play' },
  ],
  streams: [
    { stream: 5, client: 1, name: 'A talk' },
    { stream: 7, client: 2, name: 'song.wav' },
    { stream: 8, client: 3, name: 'song.flac' },
  ],
});

const refusal = (resolve: () => unknown): unknown => {
  try {
    return resolve();
  } catch (error) {
    return error;
  }
};

describe('a target', () => {
  test('is a device by its whole name before anything else', () => {
    expect(resolveTarget(house, 'speakers')).toEqual({ device: 'speakers' });
    expect(resolveTarget(house, '7')).toEqual({ device: '7' });
  });

  test('is a stream by number, by name, by its program, by a part that only one has', () => {
    expect(resolveTarget(house, '5')).toEqual({ stream: 5 });
    expect(resolveTarget(house, 'a TALK')).toEqual({ stream: 5 });
    expect(resolveTarget(house, 'firefox')).toEqual({ stream: 5 });
    expect(resolveTarget(house, '.flac')).toEqual({ stream: 8 });
    expect(resolveTarget(house, 'built-in')).toEqual({ device: 'speakers' });
    expect(resolveStream(house, '7')).toBe(7);
  });

  test('is refused when it is nobody, or may be several', () => {
    expect(refusal(() => resolveTarget(house, 'song'))).toMatchObject({
      code: 'TARGET_AMBIGUOUS',
      what: '"song" may be 7 (song.wav), 8 (song.flac)',
    });
    expect(refusal(() => resolveTarget(house, '6'))).toMatchObject({ code: 'TARGET_UNKNOWN' });
    expect(refusal(() => resolveTarget(house, ''))).toMatchObject({ code: 'TARGET_UNKNOWN' });
    expect(refusal(() => resolveStream(house, 'speakers'))).toMatchObject({ code: 'TARGET_UNKNOWN' });
    expect(refusal(() => resolveTarget(EMPTY_STATE, 'x'))).toMatchObject({ code: 'TARGET_UNKNOWN' });
  });

  test('clients are told apart the same way', () => {
    expect(resolveClient(house, '3')).toBe(3);
    expect(resolveClient(house, 'Firefox')).toBe(1);
    expect(refusal(() => resolveClient(house, 'weir play'))).toMatchObject({ code: 'TARGET_AMBIGUOUS' });
    expect(refusal(() => resolveClient(house, '9'))).toMatchObject({ code: 'TARGET_UNKNOWN' });
  });
});

describe('what is recorded', () => {
  const withInput = (isDefault: boolean, lost = false): MixerState => ({
    ...house,
    devices: [
      ...house.devices,
      ...stateOf({ devices: [{ name: 'mic', direction: RECORD, kind: 'alsa', isDefault, lost }] }).devices,
    ],
  });

  test('by name: a monitor, or an output for its monitor', () => {
    expect(chooseSource(house, '7.monitor').name).toBe('7.monitor');
    expect(chooseSource(house, 'speakers').name).toBe('speakers.monitor');
    expect(refusal(() => chooseSource(house, 'mic'))).toMatchObject({ code: 'DEVICE_NOT_FOUND' });
  });

  test('without a name: an input, else the default output’s monitor', () => {
    expect(chooseSource(house, undefined).name).toBe('speakers.monitor');
    expect(chooseSource(withInput(true), undefined).name).toBe('mic');
    expect(chooseSource(withInput(false), undefined).name).toBe('mic');
    expect(chooseSource(withInput(true, true), undefined).name).toBe('speakers.monitor');
    expect(refusal(() => chooseSource(EMPTY_STATE, undefined))).toMatchObject({ code: 'DEVICE_NOT_FOUND' });
  });
});
