import type { FrameSpec } from './output-driver.js';

export type DeviceKind = 'null' | 'file' | 'alsa';

/** One `--device` of the command line or `[[device]]` of the configuration, parsed and checked. */
export interface DeviceSpec extends FrameSpec {
  readonly kind: DeviceKind;
  /** The mixer's name for it: unique, and what people type. */
  readonly name: string;
  /** `file`: the path. `alsa`: the PCM. `null`: empty. */
  readonly target: string;
  /** A fixed quantum in frames; absent, it follows the streams. */
  readonly quantumFrames?: number;
}
