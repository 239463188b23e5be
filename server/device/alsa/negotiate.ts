import type { Address } from '../../../native-shim/library.js';
import { WeirError } from '../../observe/errors.js';
import type { DeviceSpec } from '../device-spec.js';
import { CHANNELS_MAX, QUANTUM_MAX, RATE_MAX, RATE_MIN } from '../limits.js';
import type { FrameSpec, SampleFormat } from '../output-driver.js';
import { ACCESS_RW_INTERLEAVED, FORMATS } from './constants.js';
import type { Libasound } from './libasound.js';

/** What the device agreed to, read back from it. */
export interface Agreement extends FrameSpec {
  readonly periodFrames: number;
  readonly bufferFrames: number;
}

/**
 * The engine mixes in f32, which carries 24 bits. s32 and s24 keep them all and are what converters take as they are; f32
 * is offered by sound servers only, behind which another conversion waits; s16 is what is always left, with our dither.
 */
const BEST_FIRST: readonly SampleFormat[] = ['s32', 's24', 'f32', 's16'];

/** The period of a sound card: its interrupts bound the smallest quantum, and cost little while nobody waits for them. */
const CARD_PERIOD_FRAMES = 64;
/** Of a PCM without a card. Behind it is a program which really wakes that often. */
const SOFTWARE_PERIOD_FRAMES = 256;
const PERIOD_FRAMES_MAX = 1_024;
/** Two of the largest quantum. */
const BUFFER_FRAMES = 2 * QUANTUM_MAX;

/** Settles format, rate, channels, period and buffer with an open PCM, and installs them. */
export function negotiate(alsa: Libasound, pcm: Address, spec: DeviceSpec): Agreement | WeirError {
  const [base, trial] = [hardwareSet(alsa), hardwareSet(alsa)];
  try {
    if (alsa.hw.any(pcm, base) < 0 || alsa.hw.access(pcm, base, ACCESS_RW_INTERLEAVED) < 0) {
      return refusal(spec, 'it takes no interleaved frames');
    }
    const format = wishes(spec.format).find((wish) => alsa.hw.format(pcm, base, FORMATS[wish]) >= 0);
    if (format === undefined) return refusal(spec, 'it takes none of s32, s24, f32 and s16');

    const value = Uint32Array.of(spec.channels);
    if (alsa.hw.channelsNear(pcm, base, value) < 0 || at(value) > CHANNELS_MAX) {
      return refusal(spec, `it takes no less than ${at(value)} channels; ${CHANNELS_MAX} are the most here`);
    }
    value[0] = spec.rate;
    if (alsa.hw.rateNear(pcm, base, value, null) < 0 || at(value) < RATE_MIN || at(value) > RATE_MAX) {
      return refusal(spec, `its rate of ${at(value)} Hz is not between ${RATE_MIN} and ${RATE_MAX}`);
    }

    const first = spec.quantumFrames ?? (hasCard(alsa, pcm) ? CARD_PERIOD_FRAMES : SOFTWARE_PERIOD_FRAMES);
    const periodFrames = choosePeriod(alsa, pcm, base, trial, first);
    if (periodFrames === undefined) return refusal(spec, 'it has no buffer of a usable size');
    alsa.hw.copy(trial, base);
    narrowBuffer(alsa, pcm, trial, periodFrames);
    const installed = alsa.hw.install(pcm, trial);
    if (installed < 0) return refusal(spec, alsa.said() || alsa.describe(installed));
    return readBack(alsa, trial, format);
  } finally {
    alsa.hw.free(base);
    alsa.hw.free(trial);
  }
}

export function refusal(spec: DeviceSpec, why: string): WeirError {
  return new WeirError('DEVICE_FAILED', `alsa:${spec.target} cannot be used: ${why}`);
}

const wishes = (wanted: SampleFormat | undefined) => (wanted ? [wanted, ...BEST_FIRST] : BEST_FIRST);

/** The smallest period whose buffer holds two of the largest quantum; else the one with the largest buffer. */
function choosePeriod(alsa: Libasound, pcm: Address, base: Address, trial: Address, first: number): number | undefined {
  let best: number | undefined;
  let bestBuffer = 0;
  for (let period = first; period <= Math.max(first, PERIOD_FRAMES_MAX); period *= 2) {
    alsa.hw.copy(trial, base);
    const buffer = narrowBuffer(alsa, pcm, trial, period);
    if (buffer > bestBuffer) [best, bestBuffer] = [period, buffer];
    if (buffer >= BUFFER_FRAMES) break;
  }
  return best;
}

/** Frames of the buffer that goes with that period; 0 where there is none. */
function narrowBuffer(alsa: Libasound, pcm: Address, set: Address, periodFrames: number): number {
  const value = BigUint64Array.of(BigInt(periodFrames));
  if (alsa.hw.periodNear(pcm, set, value, null) < 0) return 0;
  value[0] = BigInt(BUFFER_FRAMES);
  if (alsa.hw.bufferNear(pcm, set, value) < 0) return 0;
  return Number(value[0]);
}

function readBack(alsa: Libasound, set: Address, format: SampleFormat): Agreement {
  const small = new Uint32Array(1);
  const large = new BigUint64Array(1);
  alsa.hw.getRate(set, small, null);
  const rate = at(small);
  alsa.hw.getChannels(set, small);
  const channels = at(small);
  alsa.hw.getPeriod(set, large, null);
  const periodFrames = Number(large[0]);
  alsa.hw.getBuffer(set, large);
  return { format, rate, channels, periodFrames, bufferFrames: Number(large[0]) };
}

/** Whether a sound card is at the end, through whatever plugins. */
function hasCard(alsa: Libasound, pcm: Address): boolean {
  const out = new BigUint64Array(1);
  if (alsa.info.make(out) < 0) return false;
  const info = out[0] ?? 0n;
  const card = alsa.info.read(pcm, info) < 0 ? -1 : alsa.info.card(info);
  alsa.info.free(info);
  return card >= 0;
}

function hardwareSet(alsa: Libasound): Address {
  const out = new BigUint64Array(1);
  if (alsa.hw.make(out) < 0) throw new Error('snd_pcm_hw_params_malloc: out of memory');
  return out[0] ?? 0n;
}

const at = (value: Uint32Array) => value[0] ?? 0;
