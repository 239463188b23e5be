import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import * as sys from '../../native-shim/sys.js';
import { startUnixCarrier } from '../carrier/unix/unix-carrier.js';
import { WeirError } from '../observe/errors.js';
import { HangingProc } from '../session/identity/hanging-proc.fixture.js';
import { IdentityDesk } from '../session/identity/identity-desk.js';
import { ANSWER_LIMIT_MS } from '../session/identity/limits.js';
import { ask, startBench } from './http.fixture.js';

test('while other processes hang in the kernel, TCP is refused in time, and all else goes on', async () => {
  using proc = new HangingProc();
  const desk = new IdentityDesk({ procRoot: proc.root });
  const bench = await startBench('127.0.0.1', desk);
  const directory = mkdtempSync(join(tmpdir(), 'weir-gate-'));
  const carrier = startUnixCarrier(join(directory, 's'), 0o600, bench.mixer, desk);
  if (carrier instanceof WeirError) throw carrier;

  const startMs = performance.now();
  const refusal = ask(`${bench.url}/api/v1/state`);
  const client = sys.must(sys.connect(join(directory, 's')));
  await vi.waitFor(() => expect(bench.mixer.peers).toMatchObject([{ carrier: 'unix', pid: process.pid }]));
  expect(await ask(`${bench.url}/healthz`)).toMatchObject({ status: 200 });
  expect(await refusal).toMatchObject({ status: 403, body: expect.stringContaining('PEER_UNKNOWN') });
  expect(performance.now() - startMs).toBeLessThan(ANSWER_LIMIT_MS * 5);
  expect(bench.mixer.peers[0]?.program).toBeUndefined();

  sys.close(client);
  carrier.close();
  await bench.close();
  rmSync(directory, { recursive: true });
});
