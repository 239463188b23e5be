import type { DeviceSpec } from './device-spec.js';
import type { FrameSpec } from './output-driver.js';

/** What an engine thread opens its output by. Plain data: it travels in workerData. */
export type OutputPlan =
  | { readonly kind: 'null'; readonly shape: FrameSpec }
  | { readonly kind: 'file'; readonly shape: FrameSpec; readonly path: string; readonly queue: SharedArrayBuffer }
  | { readonly kind: 'alsa'; readonly spec: DeviceSpec };

/** The main thread's side of an output: what outlives the engine threads that drive it. */
export interface PreparedOutput {
  /** For openOutput, again and again: each engine thread that replaces another opens the same plan. */
  readonly plan: OutputPlan;
  /** Ends what the output holds (a file is finished and closed). Bounded; call it when no engine thread plays any more. */
  close(): Promise<void>;
}

/**
 * Prepares an output on the main thread. Never blocks and never fails: what cannot be opened is said by openOutput.
 * `continues`: this server has played into the same file before; go on at its end instead of starting it anew.
 */
export function prepareOutput(spec: DeviceSpec, _how: { readonly continues?: boolean } = {}): PreparedOutput {
  const shape: FrameSpec = { format: spec.format ?? 's16', rate: spec.rate, channels: spec.channels };
  const held = async () => {};
  if (spec.kind === 'alsa') return { plan: { kind: 'alsa', spec }, close: held };
  return { plan: { kind: 'null', shape }, close: held };
}
