import { Worker } from 'node:worker_threads';
import { type ErrorCode, WeirError } from '../observe/errors.js';
import type { DeviceSpec } from './device-spec.js';
import { PROBE_LIMIT_MS } from './limits.js';

/** What the probing thread says, once. */
export type ProbeAnswer = 'opens' | { readonly code: ErrorCode; readonly what: string };

/**
 * Why an ALSA device cannot be opened now; undefined where it can. It is opened and closed on a thread of its own,
 * because a PCM may lead to a sound server that never answers. Other devices need no probing.
 */
export async function probeOutput(spec: DeviceSpec): Promise<WeirError | undefined> {
  if (spec.kind !== 'alsa') return undefined;
  const worker = new Worker(new URL('./alsa/probe-thread.js', import.meta.url), { workerData: spec, execArgv: [] });
  const failed = (why: string) => new WeirError('DEVICE_FAILED', `alsa:${spec.target} cannot be used: ${why}`);
  const outcome = await new Promise<WeirError | undefined>((settle) => {
    const timer = setTimeout(() => settle(failed(`no answer within ${PROBE_LIMIT_MS} ms`)), PROBE_LIMIT_MS);
    worker.on('message', (answer: ProbeAnswer) =>
      settle(answer === 'opens' ? undefined : new WeirError(answer.code, answer.what)),
    );
    worker.on('error', (error) => settle(failed(error.message)));
    worker.on('exit', () => clearTimeout(timer));
  });
  worker.unref();
  return outcome;
}
