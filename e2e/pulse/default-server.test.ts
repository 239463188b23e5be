import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../server.js';
import { type Env, homeOf, outputOf, pulseAddress } from './program.js';

const UNTOLD = { PULSE_SERVER: undefined };

let server: Server;

beforeEach(async () => {
  server = await startServer({ devices: ['null:hall'] });
  for (const place of ['pulse', '.config/pulse'])
    mkdirSync(join(homeOf(server), place), { recursive: true, mode: 0o700 });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const found = async (env: Env): Promise<string> => outputOf(server, 'pactl', ['info'], { env });

describe('programs find Weir, as docs/pulse.md tells', () => {
  test('by PULSE_SERVER', async () => {
    expect(await found({})).toContain('PulseAudio (on Weir');
  });

  test('by client.conf', async () => {
    const config = join(homeOf(server), '.config/pulse/client.conf');
    writeFileSync(config, `default-server = ${pulseAddress(server)}\nautospawn = no\n`);
    expect(await found(UNTOLD)).toContain('PulseAudio (on Weir');
  });

  test('by a link from where PulseAudio’s socket is, told nothing', async () => {
    symlinkSync(join(server.folder, 'pulse.sock'), join(homeOf(server), 'pulse', 'native'));
    expect(await found(UNTOLD)).toContain('PulseAudio (on Weir');
  });
});
