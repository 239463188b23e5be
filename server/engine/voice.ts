import type { Address } from '../../native-shim/library.js';
import {
  copyFrames,
  FORMAT_CODE,
  type FormatCode,
  mix,
  resampler,
  toFloat,
  zeroFrames,
} from '../../native-shim/kernels.js';
import { wake } from '../../native-shim/sys.js';
import type { FrameSpec } from '../device/output-driver.js';
import { emptyStatus, Hints, PlaybackReader, StatusWriter } from '../mempool/ring.js';
import { channelMatrix } from '../policy/channel-map.js';
import { type BlockWriter, STREAM_STATE } from './blocks.js';
import { GainRamp } from './gain-ramp.js';
import { LOOK_AHEAD_FRAMES, QUANTUM_MAX_FRAMES, RAMP_MS } from './limits.js';
import type { PlayOrder } from './orders.js';
import type { Scratch } from './scratch.js';

/** When the device plays what: the same for all streams of a quantum. */
export interface QuantumTime {
  nowNs: number;
  /** Frames of the output from the mix to the speaker, the limiter's look-ahead included. */
  delayFrames: number;
  /** Frames of the output mixed before this quantum. */
  mixedFrames: number;
  /** Frames of the output that have left the device. */
  playedFrames: number;
  quantumFrames: number;
}

/** One playback stream on the engine thread: its ring's reader, its gain, its life from filling to released. */
export class Voice {
  readonly slot: number;
  readonly client: number;
  /** A lone stream of the device's own shape, at unity, may pass unconverted. */
  readonly sameShape: boolean;
  /** The last render's frames are not the stream's own samples any more. */
  touched = false;
  /** The engine is done with it: nothing of its memory is used again. */
  released = false;

  readonly #spec: FrameSpec;
  readonly #format: FormatCode;
  readonly #samples: Address;
  readonly #frameBytes: number;
  readonly #reader: PlaybackReader;
  readonly #statusPage: StatusWriter;
  readonly #status = emptyStatus();
  readonly #hints: Hints;
  readonly #wakeFd: number;
  readonly #resampler: Address;
  readonly #matrix: Address | null;
  readonly #meter: Address;
  readonly #scratch: Scratch;
  readonly #blocks: BlockWriter;
  readonly #channels: number;
  readonly #ratio: number;
  readonly #rampFrames: number;
  readonly #ramp: GainRamp;

  #state: number = STREAM_STATE.filling;
  /** Nothing of it was heard here yet, and it is to start as it is: no ramp before the first frame. */
  #fresh: boolean;
  #gain: number;
  #paused: boolean;
  #leaving = false;
  #draining = false;
  /** Silence pushed after the last frame, so that the resampler gives out what it holds. */
  #flushedFrames = 0;
  /** Output frame by which the last one drained has left the device. */
  #drainedAt = -1;
  #startFrames: number;
  #fillFrames: number;
  #starvedFrames = 0;
  #underruns = 0;

  constructor(order: PlayOrder, device: FrameSpec, scratch: Scratch, blocks: BlockWriter) {
    this.slot = order.slot;
    this.client = order.client;
    this.#spec = order.spec;
    this.#format = FORMAT_CODE[order.spec.format];
    this.#samples = order.memory.samples;
    this.#frameBytes = order.memory.frameBytes;
    this.#reader = new PlaybackReader(order.memory, order.frames);
    this.#statusPage = new StatusWriter(order.memory);
    this.#hints = new Hints(order.memory, 'playback');
    this.#wakeFd = order.wakeFd;
    this.#resampler = order.resampler;
    this.#matrix = scratch.storeMatrix(order.slot, channelMatrix(order.spec.channels, device.channels));
    this.#meter = scratch.meterAddress(order.slot);
    this.#scratch = scratch;
    this.#blocks = blocks;
    this.#channels = device.channels;
    this.#ratio = order.spec.rate / device.rate;
    this.#rampFrames = Math.round((device.rate * RAMP_MS) / 1000);
    this.sameShape =
      order.spec.format === device.format && order.spec.rate === device.rate && order.spec.channels === device.channels;
    this.#gain = order.gain;
    this.#paused = order.paused;
    this.#startFrames = order.startFrames;
    this.#fillFrames = order.fillFrames;
    this.#fresh = !order.paused && !order.fadeIn;
    this.#ramp = new GainRamp(this.#fresh ? order.gain : 0);
    if (!order.paused) this.#aim();
  }

  get channels(): number {
    return this.#spec.channels;
  }

  /** Its quantum would be exactly its own samples. */
  get unity(): boolean {
    return this.#ramp.value === 1 && !this.#ramp.moving && this.#resampler === 0n && this.#matrix === null;
  }

  setGain(gain: number): void {
    this.#gain = gain;
    if (this.#fresh) this.#ramp.jump(gain);
    else this.#aim();
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#fresh = false;
    this.#aim();
  }

  setFill(fillFrames: number, startFrames: number): void {
    this.#fillFrames = fillFrames;
    this.#startFrames = startFrames;
  }

  drain(): void {
    this.#draining = true;
    this.#flushedFrames = 0;
  }

  /** Fades out; `released` is true once it has. */
  leave(): void {
    this.#leaving = true;
    this.#aim();
  }

  /**
   * Adds its next `frames` of the output to `target`; true when it was heard (a muted stream moves on and is not).
   * `exact`: where to put its own samples too, unconverted, if this quantum holds nothing but them (0n: not wanted).
   */
  render(target: Address, frames: number, time: QuantumTime, exact: Address): boolean {
    const available = this.#reader.fill();
    if (available < 0) return this.#silence();
    if (this.#silentByWish()) return this.#rest(time, available);
    if (this.#state !== STREAM_STATE.playing && !this.#begin(available)) return this.#rest(time, available);

    const needed = this.#resampler === 0n ? frames : resampler.need(this.#resampler, frames);
    const starving = available < needed && !this.#draining;
    const ended = this.#draining && available === 0 && this.#resampler === 0n;
    const heard = !ended && (this.#ramp.value !== 0 || this.#ramp.moving);
    this.touched = starving || !this.unity;
    if (exact !== 0n && !this.touched) this.#copyOut(exact, Math.min(frames, available), frames);
    if (available >= needed) this.#play(target, frames, needed);
    else this.#playOut(target, frames, needed, available, time);
    if (this.#leaving && !this.#ramp.moving) this.released = true;
    this.#tell(time);
    return heard;
  }

  #aim(): void {
    this.#ramp.aim(this.#paused || this.#leaving ? 0 : this.#gain, this.#rampFrames);
  }

  /** Faded out by pause or detach, or never begun: nothing is consumed. */
  #silentByWish(): boolean {
    const silent = this.#ramp.value === 0 && !this.#ramp.moving;
    if (this.#leaving && (silent || this.#state !== STREAM_STATE.playing)) {
      this.released = true;
      return true;
    }
    if (this.#paused && (silent || this.#state !== STREAM_STATE.playing)) {
      this.#state = STREAM_STATE.paused;
      return true;
    }
    return false;
  }

  /** Starts, or starts again, once enough is there. */
  #begin(available: number): boolean {
    if (this.#state === STREAM_STATE.paused) this.#state = STREAM_STATE.filling;
    if (this.#drainedAt >= 0 || available === 0) return false;
    if (available < this.#startFrames && !this.#draining) return false;
    if (this.#state === STREAM_STATE.starved) this.#aim();
    this.#state = STREAM_STATE.playing;
    this.#fresh = false;
    this.#blocks.started(this.slot);
    return true;
  }

  #play(target: Address, frames: number, needed: number): void {
    if (this.#resampler === 0n) {
      this.#mixRing(target, frames);
    } else {
      this.#pushRing(needed);
      resampler.pull(this.#resampler, this.#scratch.voice.address, 0, frames);
      this.#mixVoice(target, 0, frames);
    }
  }

  /** Not enough for a whole quantum: the end of a drain, or an underrun. */
  #playOut(target: Address, frames: number, needed: number, available: number, time: QuantumTime): void {
    const missing = needed - available;
    if (!this.#draining) return this.#starve(target, frames, missing, available);
    if (this.#resampler === 0n) {
      this.#mixRing(target, available);
    } else {
      if (available > 0) this.#flushedFrames = 0;
      this.#pushRing(available);
      this.#flushedFrames += this.#pushRepeated(this.#scratch.silence, missing);
      resampler.pull(this.#resampler, this.#scratch.voice.address, 0, frames);
      this.#mixVoice(target, 0, frames);
      if (this.#flushedFrames < resampler.delay(this.#resampler)) return;
    }
    this.#draining = false;
    this.#state = STREAM_STATE.draining;
    this.#drainedAt = time.mixedFrames + frames + LOOK_AHEAD_FRAMES;
  }

  /**
   * The stream alone goes silent, and starts again when its start threshold is filled. Softly: what is left of it fades
   * out, and where nothing is left, its last frame is held for so long.
   */
  #starve(target: Address, frames: number, missing: number, available: number): void {
    this.#underruns++;
    this.#blocks.starved();
    this.#starvedFrames += missing;
    this.#state = STREAM_STATE.starved;
    const { voice } = this.#scratch;
    if (this.#resampler === 0n) {
      this.#takeRing(available);
      this.#holdLast(available, frames);
    } else {
      this.#pushRing(available);
      this.#holdLast(0, QUANTUM_MAX_FRAMES);
      this.#pushRepeated(voice.address, missing);
      resampler.pull(this.#resampler, voice.address, 0, frames);
      resampler.reset(this.#resampler);
    }
    const fadeFrames = Math.min(this.#rampFrames, frames);
    const steadyFrames = Math.min(Math.floor(available / this.#ratio), frames - fadeFrames);
    this.#mixVoice(target, 0, steadyFrames);
    this.#ramp.aim(0, fadeFrames);
    this.#mixVoice(target, steadyFrames, fadeFrames);
    this.#ramp.jump(0);
  }

  /** Silent this quantum. Says when what was drained has been heard. */
  #rest(time: QuantumTime, available: number): boolean {
    if (this.#draining && available === 0 && this.#state !== STREAM_STATE.playing) {
      this.#draining = false;
      this.#state = STREAM_STATE.draining;
      this.#drainedAt = time.mixedFrames + LOOK_AHEAD_FRAMES;
    }
    if (this.#drainedAt >= 0 && time.playedFrames >= this.#drainedAt) {
      this.#drainedAt = -1;
      this.#state = STREAM_STATE.filling;
      if (this.#resampler !== 0n) resampler.reset(this.#resampler);
      this.#blocks.drained(this.slot);
    }
    if (this.#state === STREAM_STATE.starved) this.#starvedFrames += Math.round(time.quantumFrames * this.#ratio);
    this.#tell(time);
    return false;
  }

  /** Its counters cannot be: the client is silent from now on, and told why. */
  #silence(): boolean {
    if (this.#leaving) this.released = true;
    this.#blocks.corrupt(this.slot);
    return false;
  }

  #mixRing(target: Address, frames: number): void {
    for (let done = 0; done < frames;) {
      const count = this.#reader.contiguous(frames - done);
      this.#mixSpan(target, done, this.#samples, this.#reader.offset, this.#format, count);
      this.#reader.advance(count);
      done += count;
    }
  }

  /** Frames of `scratch.voice`, which stand there as they are to stand in the mix. */
  #mixVoice(target: Address, at: number, frames: number): void {
    this.#mixSpan(target, at, this.#scratch.voice.address, at, FORMAT_CODE.f32, frames);
  }

  #mixSpan(target: Address, at: number, src: Address, srcOffset: number, format: FormatCode, frames: number): void {
    const ramp = this.#ramp;
    for (let done = 0; done < frames;) {
      const count = ramp.span(frames - done);
      if (ramp.value !== 0 || ramp.moving) {
        mix(
          target, at + done, this.#channels, src, srcOffset + done, format, this.#spec.channels, count,
          this.#matrix, ramp.value, ramp.step, this.#meter,
        ); // prettier-ignore
      }
      ramp.advance(count);
      done += count;
    }
  }

  #pushRing(frames: number): void {
    for (let done = 0; done < frames;) {
      const count = this.#reader.contiguous(frames - done);
      resampler.push(this.#resampler, this.#samples, this.#reader.offset, this.#format, count);
      this.#reader.advance(count);
      done += count;
    }
  }

  /** `source`: a quantum of frames that are all the same. `frames` may be many times that. */
  #pushRepeated(source: Address, frames: number): number {
    for (let done = 0; done < frames; done += QUANTUM_MAX_FRAMES) {
      resampler.push(this.#resampler, source, 0, FORMAT_CODE.f32, Math.min(frames - done, QUANTUM_MAX_FRAMES));
    }
    return frames;
  }

  /** The ring's next frames as floats in `scratch.voice`. */
  #takeRing(frames: number): void {
    for (let done = 0; done < frames;) {
      const count = this.#reader.contiguous(frames - done);
      toFloat(
        this.#scratch.voice.address, done, this.#samples, this.#reader.offset, this.#format, this.#spec.channels, count,
      ); // prettier-ignore
      this.#reader.advance(count);
      done += count;
    }
  }

  /** The last frame consumed, as often as it takes to fill `scratch.voice` up. The client may have changed it: it is its own sound. */
  #holdLast(from: number, to: number): void {
    const { address, view } = this.#scratch.voice;
    const { channels } = this.#spec;
    const last = this.#reader.lastOffset;
    toFloat(address, from, this.#samples, last, this.#format, channels, 1);
    for (let i = (from + 1) * channels; i < to * channels; i++) view[i] = view[i - channels] ?? 0;
  }

  /** The reader has not advanced yet: the client cannot overwrite these frames before they are copied. */
  #copyOut(exact: Address, frames: number, quantumFrames: number): void {
    const frameBytes = this.#frameBytes;
    const first = this.#reader.contiguous(frames);
    copyFrames(exact, 0, this.#samples, this.#reader.offset, frameBytes, first);
    if (first < frames) copyFrames(exact, first, this.#samples, 0, frameBytes, frames - first);
    if (frames < quantumFrames) zeroFrames(exact, frames, frameBytes, quantumFrames - frames);
  }

  /** The client's status page, its wake-up, and the main thread's block. */
  #tell(time: QuantumTime): void {
    const reader = this.#reader;
    const fill = Math.max(reader.fill(), 0);
    const held = this.#resampler === 0n ? 0 : resampler.delay(this.#resampler);
    // What comes next from the ring is behind this whole quantum.
    const delayFrames = Math.round(held + (time.delayFrames + time.quantumFrames) * this.#ratio);
    const status = this.#status;
    status.frame = reader.frames;
    status.timeNs = time.nowNs;
    status.delayFrames = delayFrames;
    status.quantumFrames = Math.ceil(time.quantumFrames * this.#ratio);
    status.fillFrames = this.#fillFrames;
    status.starvedFrames = this.#starvedFrames;
    status.underruns = this.#underruns;
    status.state = this.#state;
    this.#statusPage.write(status);
    this.#blocks.stream(
      this.slot, this.#state, reader.frames, fill, fill + delayFrames, this.#starvedFrames, this.#underruns,
    ); // prettier-ignore
    // While it does not play nothing brings the fill down to what the client waits for: it is asked for more at once.
    const wakeFill = this.#state === STREAM_STATE.playing ? fill : 0;
    if (this.#wakeFd >= 0 && this.#hints.due(wakeFill)) wake(this.#wakeFd);
  }
}
