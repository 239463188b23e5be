import type { FrameSpec, SampleFormat } from '../../../device/output-driver.js';
import type { Output } from '../../../engine/output.js';
import { mapOfDevice } from '../formats/channel-order.js';
import type { PcmShape } from '../wire/values/format-info.js';
import type { PulseFormat } from '../wire/values/sample-spec.js';

const FORMAT: Readonly<Record<SampleFormat, PulseFormat>> = {
  s16: 's16le',
  s24: 's24le',
  s32: 's32le',
  f32: 'float32le',
};

const NO_OUTPUT: FrameSpec = { format: 's16', rate: 48_000, channels: 2 };

/** A shape as PulseAudio names it. */
export function shapeOf({ format, rate, channels }: FrameSpec): PcmShape {
  return { spec: { format: FORMAT[format], rate, channels }, map: mapOfDevice(channels) };
}

/** What an output plays, and its monitor sounds in; something usual where there is none. */
export function shapeOfOutput(output: Output | undefined): PcmShape {
  if (!output) return shapeOf(NO_OUTPUT);
  const { rate, channels, device, spec } = output;
  return shapeOf({ format: device?.format ?? spec.format ?? NO_OUTPUT.format, rate, channels });
}
