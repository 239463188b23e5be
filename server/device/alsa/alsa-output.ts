import type { Address } from '../../../native-shim/library.js';
import { nowNs, sleepUntilNs } from '../../../native-shim/sys.js';
import { WeirError } from '../../observe/errors.js';
import type { DeviceSpec } from '../device-spec.js';
import { ALSA_DEAD_MS, ALSA_START_GRACE_MS } from '../limits.js';
import { type OutputDriver, type Readiness, type SampleFormat, WAIT_LIMIT_MS } from '../output-driver.js';
import { frameBytesOf } from '../wav-header.js';
import { EAGAIN, EINTR, EPIPE, ESTRPIPE, MODE_AS_HARDWARE, MODE_NONBLOCK, STREAM_PLAYBACK } from './constants.js';
import { type Libasound, libasound } from './libasound.js';
import { type Agreement, negotiate, refusal } from './negotiate.js';
import { PcmWait } from './pcm-wait.js';
import { SoftwareSettings } from './software-settings.js';

/** Each xrun keeps the device a period fuller, so that a device or machine that needs more gets it; up to two steps. */
const MARGIN_STEPS_MAX = 2;

/**
 * A PCM of libasound. Its clock paces the thread: the device is kept about two quanta full, and a quantum is ready when
 * it has played one of them. A device that runs dry is refilled with silence and goes on.
 */
export class AlsaOutput implements OutputDriver {
  readonly format: SampleFormat;
  readonly rate: number;
  readonly channels: number;
  readonly bufferFrames: number;
  xruns = 0;
  droppedFrames = 0;
  readonly #alsa: Libasound;
  readonly #pcm: Address;
  readonly #periodFrames: number;
  readonly #frameNs: number;
  readonly #settings: SoftwareSettings;
  readonly #descriptors: PcmWait;
  readonly #silence: Uint8Array;
  readonly #delay = new Int32Array(2);
  #quantumFrames = 0;
  /** How full the device is kept, and how much of that is because it ran dry with less. */
  #targetFrames = 0;
  #marginFrames = 0;
  /** How full it was when last looked at, and what was written since. */
  #fillFrames = 0;
  #lookedNs = 0;
  #running = false;
  #lost = false;
  /** When the device was last seen to consume. */
  #progressNs = 0;
  #startedNs = 0;

  static open(spec: DeviceSpec): AlsaOutput | WeirError {
    const alsa = libasound();
    if (alsa instanceof WeirError) return alsa;
    const asHardware = openWith(alsa, spec, MODE_NONBLOCK | MODE_AS_HARDWARE);
    if (!(asHardware instanceof WeirError)) return asHardware;
    // A card that speaks none of our formats can still be used through the plug layer's conversions.
    const converted = openWith(alsa, spec, MODE_NONBLOCK);
    return converted instanceof WeirError ? asHardware : converted;
  }

  constructor(alsa: Libasound, pcm: Address, agreement: Agreement, settings: SoftwareSettings) {
    ({ format: this.format, rate: this.rate, channels: this.channels, bufferFrames: this.bufferFrames } = agreement);
    this.#alsa = alsa;
    this.#pcm = pcm;
    this.#periodFrames = agreement.periodFrames;
    this.#frameNs = 1e9 / this.rate;
    this.#settings = settings;
    this.#descriptors = new PcmWait(alsa, pcm);
    this.#silence = new Uint8Array(this.bufferFrames * frameBytesOf(agreement));
  }

  setQuantum(quantumFrames: number): void {
    this.#quantumFrames = quantumFrames;
    this.#setTarget();
  }

  wait(): Readiness {
    let lackingFrames = this.#look();
    if (lackingFrames > 0) {
      // One ms more than it should take: a PCM whose wake-ups do not come is then paced by the clock.
      const expectedMs = Math.ceil((lackingFrames * this.#frameNs) / 1e6) + 1;
      this.#descriptors.wait(Math.min(expectedMs, WAIT_LIMIT_MS / 2));
      lackingFrames = this.#look();
    }
    if (lackingFrames > 0) {
      // It woke too early, as some plugins do for every period: what lacks is time.
      sleepUntilNs(nowNs() + Math.min(lackingFrames * this.#frameNs, (WAIT_LIMIT_MS / 2) * 1e6));
      lackingFrames = this.#look();
    }
    if (this.#lost) return 'lost';
    return lackingFrames > 0 ? 'waiting' : 'ready';
  }

  write(frames: Address, frameCount: number): boolean {
    let taken = this.#alsa.write(this.#pcm, frames, frameCount);
    if (taken < 0 && this.#recover(taken)) taken = this.#alsa.write(this.#pcm, frames, frameCount);
    if (this.#lost) return false;
    taken = Math.max(0, taken);
    this.droppedFrames += frameCount - taken;
    this.#fillFrames += taken;
    if (!this.#running && this.#fillFrames >= this.#targetFrames) this.#start();
    return !this.#lost;
  }

  delayFrames(): number {
    if (!this.#running || this.#alsa.delay(this.#pcm, this.#delay) < 0) return this.#fillFrames;
    // The low word of a long; no device is 2^31 frames late.
    return Math.max(0, this.#delay[0] ?? 0);
  }

  close(): void {
    this.#settings.free();
    this.#alsa.drop(this.#pcm);
    this.#alsa.close(this.#pcm);
  }

  #setTarget(): void {
    // A device that takes whole periods could stop short of the next one with less.
    const stepFrames = Math.max(this.#quantumFrames, this.#periodFrames);
    const marginFrames = Math.min(this.#marginFrames, MARGIN_STEPS_MAX * stepFrames);
    this.#targetFrames = Math.min(this.bufferFrames, this.#quantumFrames + stepFrames + marginFrames);
    this.#settings.setAvailMin(this.bufferFrames - this.#targetFrames + this.#quantumFrames);
  }

  /** Frames that the device must still play until a quantum fits; 0 or less when it does. Recovers a dry device. */
  #look(): number {
    if (this.#lost) return 0;
    const avail = this.#alsa.avail(this.#pcm);
    if (avail >= 0) this.#seeFill(this.bufferFrames - avail);
    else if (!this.#recover(avail)) return this.#quantumFrames;
    if (!this.#running && this.#fillFrames === 0) this.#prefill();
    return this.#fillFrames + this.#quantumFrames - this.#targetFrames;
  }

  #seeFill(fillFrames: number): void {
    const now = nowNs();
    if (this.#running) {
      if (fillFrames < this.#fillFrames) this.#progressNs = now;
      else if (now - this.#progressNs > ALSA_DEAD_MS * 1e6) this.#lost = true;
    }
    this.#fillFrames = fillFrames;
    this.#lookedNs = now;
  }

  /** Silence up to one quantum: the first quantum rendered then fills the device, and the streams are not read in a burst. */
  #prefill(): void {
    const taken = this.#alsa.write(this.#pcm, this.#silence, this.#targetFrames - this.#quantumFrames);
    if (taken > 0) this.#fillFrames = taken;
    else if (taken < 0 && taken !== EAGAIN && taken !== EINTR) this.#lost = true;
  }

  #start(): void {
    if (this.#alsa.start(this.#pcm) < 0) {
      this.#lost = true;
      return;
    }
    this.#running = true;
    this.#startedNs = nowNs();
    this.#progressNs = this.#startedNs + ALSA_START_GRACE_MS * 1e6;
  }

  /** Makes the device ready again after `error`. False: there is nothing to recover, or the device is lost. */
  #recover(error: number): boolean {
    if (error === EAGAIN || error === EINTR) return false;
    if (error !== EPIPE && error !== ESTRPIPE) {
      this.#lost = true;
      return false;
    }
    this.#bearStorm();
    // After a suspend as well: what was queued is too old to resume with.
    if (this.#lost || this.#alsa.prepare(this.#pcm) < 0) {
      this.#lost = true;
      return false;
    }
    this.xruns++;
    // A sound server may tell late, when frames are queued again already; preparing throws them away. What it cannot
    // have played since the last look was lost.
    const playableFrames = Math.ceil((nowNs() - this.#lookedNs) / this.#frameNs);
    this.droppedFrames += Math.max(0, this.#fillFrames - playableFrames);
    this.#running = false;
    this.#fillFrames = 0;
    this.#marginFrames += this.#periodFrames;
    this.#setTarget();
    this.#prefill();
    return !this.#lost;
  }

  /** A device that runs dry before it can have played must neither spin a real-time thread nor be kept for ever. */
  #bearStorm(): void {
    const now = nowNs();
    const quantumNs = this.#quantumFrames * this.#frameNs;
    if (now - this.#startedNs >= quantumNs) this.#progressNs = now;
    else if (now - this.#progressNs > ALSA_DEAD_MS * 1e6) this.#lost = true;
    else sleepUntilNs(now + Math.min(quantumNs, (WAIT_LIMIT_MS / 4) * 1e6));
  }
}

function openWith(alsa: Libasound, spec: DeviceSpec, mode: number): AlsaOutput | WeirError {
  const out = new BigUint64Array(1);
  alsa.forget();
  const opened = alsa.open(out, spec.target, STREAM_PLAYBACK, mode);
  if (opened < 0) return refusal(spec, alsa.said() || alsa.describe(opened));
  const pcm = out[0] ?? 0n;
  const output = setUp(alsa, pcm, spec);
  if (output instanceof WeirError) alsa.close(pcm);
  return output;
}

function setUp(alsa: Libasound, pcm: Address, spec: DeviceSpec): AlsaOutput | WeirError {
  const agreement = negotiate(alsa, pcm, spec);
  if (agreement instanceof WeirError) return agreement;
  const settings = SoftwareSettings.install(alsa, pcm, spec);
  if (settings instanceof WeirError) return settings;
  return new AlsaOutput(alsa, pcm, agreement, settings);
}
