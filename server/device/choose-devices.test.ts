import { expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { chooseDevices } from './choose-devices.js';

async function codeOf(...texts: string[]) {
  const chosen = await chooseDevices(texts);
  return chosen instanceof WeirError ? chosen.code : chosen.map(({ name }) => name);
}

test('named devices are taken in their order', async () => {
  expect(await codeOf('null:b', 'null:a')).toEqual(['b', 'a']);
});

test('two devices share neither a name nor a file', async () => {
  expect(await codeOf('null', 'null')).toBe('SPEC_INVALID');
  expect(await codeOf('file:/tmp/a.wav', 'file:/tmp/../tmp/a.wav?name=b')).toBe('SPEC_INVALID');
});

test('with none named, the default PCM where it opens, else null', async () => {
  process.env['ALSA_CONFIG_PATH'] = '/dev/null';
  expect(await codeOf()).toEqual(['null']);
});
