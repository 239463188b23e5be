import { Worker } from 'node:worker_threads';
import { ByteQueue } from './byte-queue.js';
import type { DeviceSpec } from './device-spec.js';
import { FileWriterState, STATE_BYTES } from './file-writer-state.js';
import { FILE_CLOSE_LIMIT_MS, FILE_QUEUE_S } from './limits.js';
import type { FrameSpec } from './output-driver.js';
import { frameBytesOf } from './wav-header.js';

/** A file, its writer thread, and the queue between the two and the engine. */
export interface FilePlan {
  readonly kind: 'file';
  readonly shape: FrameSpec;
  readonly path: string;
  readonly queue: SharedArrayBuffer;
  readonly state: SharedArrayBuffer;
}

/** What an engine thread opens its output by. Plain data: it travels in workerData. */
export type OutputPlan =
  | { readonly kind: 'null'; readonly shape: FrameSpec }
  | FilePlan
  | { readonly kind: 'alsa'; readonly spec: DeviceSpec };

/** The main thread's side of an output: what outlives the engine threads that drive it. */
export interface PreparedOutput {
  /** For openOutput, again and again: each engine thread that replaces another opens the same plan. */
  readonly plan: OutputPlan;
  /** Ends what the output holds (a file is finished). Bounded; call it when no engine thread plays any more. */
  close(): Promise<void>;
}

/**
 * Prepares an output on the main thread, once in a server's life: a file starts anew here and goes on at its end with
 * every openOutput. Never blocks and never fails; what cannot be opened is said by openOutput.
 */
export function prepareOutput(spec: DeviceSpec): PreparedOutput {
  if (spec.kind === 'alsa') return { plan: { kind: 'alsa', spec }, close: nothingHeld };
  const shape: FrameSpec = { format: spec.format ?? 's16', rate: spec.rate, channels: spec.channels };
  if (spec.kind === 'null') return { plan: { kind: 'null', shape }, close: nothingHeld };
  return startWriter(spec.target, shape);
}

const nothingHeld = () => Promise.resolve();

function startWriter(path: string, shape: FrameSpec): PreparedOutput {
  const queue = ByteQueue.memory(FILE_QUEUE_S * shape.rate * frameBytesOf(shape));
  const plan: FilePlan = { kind: 'file', shape, path, queue, state: new SharedArrayBuffer(STATE_BYTES) };
  const state = new FileWriterState(plan.state);
  const worker = new Worker(new URL('./file-writer.js', import.meta.url), { workerData: plan, execArgv: [] });
  // It ends with the process; only `close` waits for it.
  worker.unref();
  worker.on('error', () => {
    state.fail(0);
  });
  const ended = new Promise<void>((settle) => worker.once('exit', () => settle()));

  const close = async () => {
    state.close();
    worker.ref();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((settle) => (timer = setTimeout(settle, FILE_CLOSE_LIMIT_MS)));
    await Promise.race([ended, limit]);
    clearTimeout(timer);
    // A disk that hangs keeps its thread, and must not keep the server.
    void worker.terminate();
  };
  return { plan, close };
}
