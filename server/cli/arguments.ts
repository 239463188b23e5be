import { InvalidArgumentError } from 'commander';
import type { FrameSpec } from '../device/output-driver.js';
import { parseRawSpec } from './source/spec.js';

/** What people type, as values; each refusal is wrong usage. */

const MAX_PERCENT = 150;
const MAX_LATENCY_MS = 2000;
const MAX_SECONDS = 7 * 24 * 3600;

function numberWithin(text: string, least: number, most: number, unit: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`Give ${least} to ${most} ${unit}.`);
}

/** 0 to 150, as a fader position; a trailing % is welcome. */
export const volumePercent = (text: string): number =>
  numberWithin(text.replace(/%$/, ''), 0, MAX_PERCENT, 'percent') / 100;

export const latencyMs = (text: string): number => numberWithin(text, 1, MAX_LATENCY_MS, 'ms');

export const seconds = (text: string): number => numberWithin(text, 0.001, MAX_SECONDS, 'seconds');

export function rawSpec(text: string): FrameSpec {
  const spec = parseRawSpec(text);
  if (spec !== undefined) return spec;
  throw new InvalidArgumentError(
    'Give RATE:CHANNELS:FORMAT, e.g. 48000:2:s16 (s16, s24, s32, f32; 8000 to 192000 Hz; 1 to 8 channels).',
  );
}

export function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new InvalidArgumentError('Give on or off.');
}

/** For options that may be given several times. */
export const collect = (text: string, before: string[]): string[] => [...before, text];
