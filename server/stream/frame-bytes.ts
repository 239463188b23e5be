import { type FrameSpec, SAMPLE_BYTES } from '../device/output-driver.js';

export function frameBytesOf({ format, channels }: FrameSpec): number {
  return SAMPLE_BYTES[format] * channels;
}
