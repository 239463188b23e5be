import type { FrameSpec, SampleFormat } from '../../device/output-driver.js';
import { WeirError } from '../../observe/errors.js';
import { CHANNELS, RATE_HZ } from './limits.js';

const FORMATS: readonly SampleFormat[] = ['s16', 's24', 's32', 'f32'];

function within(value: number, range: { least: number; most: number }): boolean {
  return Number.isInteger(value) && value >= range.least && value <= range.most;
}

/** @throws WeirError FORMAT_UNSUPPORTED for a shape that no stream can have */
export function checkedSpec(spec: FrameSpec): FrameSpec {
  if (within(spec.rate, RATE_HZ) && within(spec.channels, CHANNELS)) return spec;
  throw new WeirError('FORMAT_UNSUPPORTED', `sound of ${spec.rate} Hz in ${spec.channels} channels cannot be played`);
}

/** RATE:CHANNELS:FORMAT, as `--raw` takes it; nothing when it is not that. */
export function parseRawSpec(text: string): FrameSpec | undefined {
  const [, rate, channels, word] = /^(\d{1,6}):(\d):(\w{3})$/.exec(text) ?? [];
  const format = FORMATS.find((one) => one === word);
  if (format === undefined) return undefined;
  const spec = { rate: Number(rate), channels: Number(channels), format };
  return within(spec.rate, RATE_HZ) && within(spec.channels, CHANNELS) ? spec : undefined;
}
