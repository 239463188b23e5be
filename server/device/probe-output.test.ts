import { afterAll, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { AlsaSetup } from './alsa/testing/fake-card.js';
import { parseDeviceSpec } from './device-spec.js';
import { probeOutput } from './probe-output.js';

const setup = new AlsaSetup('pcm.card { type fake }');
afterAll(() => setup.remove());

async function probe(text: string) {
  const spec = parseDeviceSpec(text);
  return spec instanceof WeirError ? spec : probeOutput(spec);
}

test('a device that opens, and one that does not, in one line', async () => {
  expect(await probe('alsa:card')).toBeUndefined();
  const why = await probe('alsa:hw:31,0');
  expect(why?.code).toBe('DEVICE_FAILED');
  expect(why?.what).toMatch(/^alsa:hw:31,0 cannot be used: .+$/);
});

test('devices without hardware need none', async () => {
  expect(await probe('null')).toBeUndefined();
  expect(await probe('file:/nowhere/x.wav')).toBeUndefined();
});
