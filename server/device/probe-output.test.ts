import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { AlsaSetup } from './alsa/testing/fake-card.js';
import { parseDeviceSpec } from './device-spec.js';
import { PROBE_LIMIT_MS } from './limits.js';
import { probeOutput } from './probe-output.js';

const setup = new AlsaSetup(`
pcm.card { type fake }
pcm.stuck { type file slave.pcm null file "DIR/fifo" format raw }
`);
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

test('a device that never answers is not waited for', async () => {
  execFileSync('mkfifo', [setup.path('fifo')]); // opening it to write waits for a reader
  expect((await probe('alsa:stuck'))?.what).toContain(`no answer within ${PROBE_LIMIT_MS} ms`);
  closeSync(openSync(setup.path('fifo'), constants.O_RDONLY | constants.O_NONBLOCK));
});

test('devices without hardware need none', async () => {
  expect(await probe('null')).toBeUndefined();
  expect(await probe('file:/nowhere/x.wav')).toBeUndefined();
});
