import type { FrameSpec, SampleFormat } from '../../../device/output-driver.js';
import type { Output } from '../../../engine/output.js';
import type { ChannelMap } from '../wire/values/channel-map.js';
import type { PcmShape } from '../wire/values/format-info.js';
import type { PulseFormat } from '../wire/values/sample-spec.js';

const FORMAT: Readonly<Record<SampleFormat, PulseFormat>> = { s16: 's16le', s24: 's24le', s32: 's32le', f32: 'float32le' };

const [FL, FR, FC, RC, RL, RR, LFE, SL, SR] = [1, 2, 3, 4, 5, 6, 7, 10, 11] as const;
/** Weir's speakers by number of channels (policy/channel-map.ts), in PulseAudio's numbers. */
const MAPS: readonly ChannelMap[] = [
  [0],
  [FL, FR],
  [FL, FR, FC],
  [FL, FR, RL, RR],
  [FL, FR, FC, RL, RR],
  [FL, FR, FC, LFE, RL, RR],
  [FL, FR, FC, LFE, RC, SL, SR],
  [FL, FR, FC, LFE, RL, RR, SL, SR],
];
const NO_OUTPUT: FrameSpec = { format: 's16', rate: 48_000, channels: 2 };

/** Where Weir plays so many channels, in their order. */
export function weirMap(channels: number): ChannelMap {
  return MAPS[channels - 1] ?? [];
}

/** A shape as PulseAudio names it. */
export function shapeOf({ format, rate, channels }: FrameSpec): PcmShape {
  return { spec: { format: FORMAT[format], rate, channels }, map: weirMap(channels) };
}

/** What an output plays, and its monitor sounds in; something usual where there is none. */
export function shapeOfOutput(output: Output | undefined): PcmShape {
  if (!output) return shapeOf(NO_OUTPUT);
  const { rate, channels, device, spec } = output;
  return shapeOf({ format: device?.format ?? spec.format ?? NO_OUTPUT.format, rate, channels });
}
