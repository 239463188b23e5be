import { describe, expect, test } from 'vitest';
import { ERRORS, WeirError } from '../observe/errors.js';
import { type DeviceSpec, parseDeviceSpec } from './device-spec.js';
import { NAME_CHARACTERS_MAX, SPEC_CHARACTERS_MAX } from './limits.js';

function parsed(text: string): DeviceSpec {
  const spec = parseDeviceSpec(text);
  if (spec instanceof WeirError) throw spec;
  return spec;
}

function refused(text: string): string {
  const spec = parseDeviceSpec(text);
  if (!(spec instanceof WeirError)) return `accepted as ${spec.kind}`;
  expect(spec.code).toBe('SPEC_INVALID');
  expect(ERRORS[spec.code]).toBeDefined();
  return spec.what;
}

describe('what a spec means', () => {
  test('null, plain and named', () => {
    expect(parsed('null')).toEqual({ kind: 'null', name: 'null', target: '', rate: 48000, channels: 2, format: 's16' });
    expect(parsed('null:Küche').name).toBe('Küche');
    expect(parsed('null:a?name=b').name).toBe('b');
  });

  test('a file takes its name from its path, which becomes absolute', () => {
    expect(parsed('file:/tmp/My mix (1).WAV')).toMatchObject({ name: 'My-mix-1', target: '/tmp/My mix (1).WAV' });
    expect(parsed('file:a.wav').target).toBe(`${process.cwd()}/a.wav`);
    expect(parsed('file:/tmp/.wav').name).toBe('output');
  });

  test('options begin at the last question mark', () => {
    expect(parsed('file:/tmp/what?.wav?rate=8000')).toMatchObject({ target: '/tmp/what?.wav', rate: 8000 });
    expect(parsed('null?').rate).toBe(48000);
  });

  test('a null device can stand for a microphone', () => {
    expect(parsed('null:phone?microphone=yes')).toMatchObject({ name: 'phone', microphone: true });
    expect(refused('null:phone?microphone=no')).toContain('microphone is yes or left out');
    expect(refused('alsa:default?microphone=yes')).toContain('only a null device');
  });

  test('a PCM may hold colons, commas and equals signs, and leaves the format to the device', () => {
    const spec = parsed('alsa:hw:CARD=PCH,DEV=0?channels=8');
    expect(spec).toEqual({
      kind: 'alsa',
      name: 'hw-CARD-PCH-DEV-0',
      target: 'hw:CARD=PCH,DEV=0',
      rate: 48000,
      channels: 8,
    });
    expect(parsed('alsa:default?format=s24').format).toBe('s24');
  });
});

describe('the limits', () => {
  test.each([
    ['rate', 8000, 192000],
    ['channels', 1, 8],
    ['quantum', 32, 4096],
  ])('%s is %i to %i', (key, least, most) => {
    for (const value of [least, most]) expect(parsed(`null?${key}=${value}`)).toBeDefined();
    for (const value of [least - 1, most + 1, '', '1e4', '-1', '4.5', '0x100', '99999999']) {
      expect(refused(`null?${key}=${value}`)).toContain(`${key} is ${least} to ${most}`);
    }
  });

  test('a fixed quantum need not be a power of two', () => {
    expect(parsed('null?quantum=441').quantumFrames).toBe(441);
    expect(parsed('null').quantumFrames).toBeUndefined();
  });

  test('the length of a name and of the whole', () => {
    expect(parsed(`null:${'n'.repeat(NAME_CHARACTERS_MAX)}`)).toBeDefined();
    expect(refused(`null:${'n'.repeat(NAME_CHARACTERS_MAX + 1)}`)).toContain('letters');
    expect(refused(`file:/${'n'.repeat(SPEC_CHARACTERS_MAX)}.wav`)).toContain('longer');
    expect(parsed(`file:/${'n'.repeat(SPEC_CHARACTERS_MAX - 10)}.wav`).name.length).toBeLessThanOrEqual(
      NAME_CHARACTERS_MAX,
    );
  });
});

test.each([
  '',
  'jack:x',
  'null:',
  'null: a',
  'null:../x',
  'file:',
  'file:/tmp/a.flac',
  'alsa',
  'alsa:',
  'null?rate',
  'null?rate=48000&rate=48000',
  'null?speed=1',
  'null?format=u8',
  'null?name=',
  'null?name=-x',
  'alsa:default\n',
  'file:/tmp/a\0.wav',
])('%j is refused with a reason', (text) => {
  expect(refused(text)).toMatch(/^device ".*": ./);
});

test('what a refusal quotes is short and one line', () => {
  expect(refused(`null?${'x'.repeat(4000)}\n=1`).length).toBeLessThan(300);
  expect(refused('a\nb')).not.toContain('\n');
});
