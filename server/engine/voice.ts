import type { Address } from '../../native-shim/library.js';
import { wake } from '../../native-shim/sys.js';
import type { FrameSpec } from '../device/output-driver.js';
import { emptyStatus, Hints, type PlaybackReader, StatusWriter } from '../mempool/ring.js';
import { type BlockWriter, STREAM_STATE } from './blocks.js';
import { LOOK_AHEAD_FRAMES, QUANTUM_MAX_FRAMES, RAMP_MS } from './limits.js';
import { LivePace } from './live-pace.js';
import type { PlayOrder } from './orders.js';
import type { QuantumTime } from './quantum-time.js';
import { RingSource } from './ring-source.js';
import type { Scratch } from './scratch.js';
import { VoiceMix } from './voice-mix.js';

/** One playback stream on the engine thread: its ring's reader, its gain, its life from filling to released. */
export class Voice {
  readonly slot: number;
  readonly client: number;
  /** Its number in the server. */
  readonly stream: number;
  /** A lone stream of the device's own shape, at unity, may pass unconverted. */
  readonly sameShape: boolean;
  /** The last render's frames are not the stream's own samples any more. */
  touched = false;
  /** The engine is done with it: nothing of its memory is used again. */
  released = false;

  readonly #spec: FrameSpec;
  readonly #source: RingSource;
  readonly #reader: PlaybackReader;
  /** Of a stream whose sender has a clock of its own. */
  readonly #live: LivePace | undefined;
  readonly #statusPage: StatusWriter;
  readonly #status = emptyStatus();
  readonly #hints: Hints;
  readonly #wakeFd: number;
  readonly #mix: VoiceMix;
  readonly #scratch: Scratch;
  readonly #blocks: BlockWriter;
  readonly #ratio: number;
  readonly #rampFrames: number;

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
  /** Frames since open: where it goes on. */
  #skipTo = 0;
  #starvedFrames = 0;
  #underruns = 0;

  constructor(order: PlayOrder, device: FrameSpec, scratch: Scratch, blocks: BlockWriter) {
    this.slot = order.slot;
    this.client = order.client;
    this.stream = order.stream;
    this.#spec = order.spec;
    this.#source = new RingSource(order, scratch);
    this.#reader = this.#source.reader;
    this.#live = order.live ? new LivePace(order, device.rate, this.#source) : undefined;
    this.#statusPage = new StatusWriter(order.memory);
    this.#hints = new Hints(order.memory, 'playback');
    this.#wakeFd = order.wakeFd;
    this.#scratch = scratch;
    this.#blocks = blocks;
    this.#ratio = order.spec.rate / device.rate;
    this.#rampFrames = Math.round((device.rate * RAMP_MS) / 1000);
    this.sameShape =
      order.spec.format === device.format && order.spec.rate === device.rate && order.spec.channels === device.channels;
    this.#gain = order.gain;
    this.#paused = order.paused;
    this.#startFrames = order.startFrames;
    this.#fillFrames = order.fillFrames;
    this.#fresh = !order.paused && !order.fadeIn;
    this.#mix = new VoiceMix(order, device, scratch, this.#fresh ? order.gain : 0);
    if (!order.paused) this.#aim();
  }

  get channels(): number {
    return this.#spec.channels;
  }

  /** Its quantum would be exactly its own samples. */
  get unity(): boolean {
    return this.#mix.unity && !this.#source.resampled;
  }

  setGain(gain: number): void {
    this.#gain = gain;
    if (this.#fresh) this.#mix.ramp.jump(gain);
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

  /** What lies before `frame` is not heard any more; what is just being played fades out. */
  skip(frame: number): void {
    this.#skipTo = frame;
  }

  setBalance(gains: readonly number[]): void {
    this.#mix.setBalance(gains);
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
    const whole = this.#reader.fill();
    if (whole < 0) return this.#silence();
    const fill = this.#skipTo > this.#reader.frames ? this.#pass(target, frames, whole) : whole;
    this.#live?.look(time);
    const silent = this.#silentByWish();
    const available = this.#live ? this.#live.skip(time, fill, this.#state === STREAM_STATE.playing) : fill;
    if (silent) return this.#rest(time, available);
    if (this.#state !== STREAM_STATE.playing && !this.#begin(time, available)) return this.#rest(time, available);

    this.#live?.steer(time);
    const needed = this.#source.need(frames);
    const starving = available < needed && !this.#draining;
    const ended = this.#draining && available === 0 && !this.#source.resampled;
    const heard = !ended && !this.#mix.silent;
    this.touched = starving || !this.unity;
    if (exact !== 0n && !this.touched) this.#source.copyOut(exact, Math.min(frames, available), frames);
    if (available >= needed) this.#play(target, frames, needed);
    else this.#playOut(target, frames, needed, available, time);
    if (this.#leaving && !this.#mix.ramp.moving) this.released = true;
    this.#tell(time);
    return heard;
  }

  #aim(): void {
    this.#mix.ramp.aim(this.#paused || this.#leaving ? 0 : this.#gain, this.#rampFrames);
  }

  /** Faded out by pause or detach, or never begun: nothing is consumed. */
  #silentByWish(): boolean {
    const { silent } = this.#mix;
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
  #begin(time: QuantumTime, available: number): boolean {
    if (this.#state === STREAM_STATE.paused) this.#state = STREAM_STATE.filling;
    if (this.#drainedAt >= 0 || available === 0) return false;
    const enough = this.#live ? this.#live.due(time, available) : available >= this.#startFrames;
    if (!enough && !this.#draining) return false;
    this.#live?.begin();
    if (this.#state === STREAM_STATE.starved) this.#aim();
    this.#state = STREAM_STATE.playing;
    this.#fresh = false;
    this.#blocks.started(this.slot);
    return true;
  }

  #play(target: Address, frames: number, needed: number): void {
    if (this.#source.resampled) {
      this.#source.push(needed);
      this.#source.pull(frames);
      this.#mix.addScratch(target, 0, frames);
    } else {
      this.#mix.addRing(target, this.#source, frames);
    }
  }

  /** Not enough for a whole quantum: the end of a drain, or an underrun. */
  #playOut(target: Address, frames: number, needed: number, available: number, time: QuantumTime): void {
    const missing = needed - available;
    if (!this.#draining) return this.#starve(target, frames, missing, available);
    if (this.#source.resampled) {
      if (available > 0) this.#flushedFrames = 0;
      this.#source.push(available);
      this.#source.pushRepeated(this.#scratch.silence, missing);
      this.#flushedFrames += missing;
      this.#source.pull(frames);
      this.#mix.addScratch(target, 0, frames);
      if (this.#flushedFrames < this.#source.heldFrames) return;
    } else {
      this.#mix.addRing(target, this.#source, available);
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
    this.#blocks.starved(this.slot);
    this.#starvedFrames += missing;
    this.#state = STREAM_STATE.starved;
    if (this.#source.resampled) {
      this.#source.push(available);
      this.#source.holdLast(0, QUANTUM_MAX_FRAMES);
      this.#source.pushRepeated(this.#scratch.voice.address, missing);
      this.#source.pull(frames);
      this.#source.resetResampler();
    } else {
      this.#source.take(available);
      this.#source.holdLast(available, frames);
    }
    const fadeFrames = Math.min(this.#rampFrames, frames);
    const steadyFrames = Math.min(Math.floor(available / this.#ratio), frames - fadeFrames);
    this.#mix.addScratch(target, 0, steadyFrames);
    this.#mix.ramp.aim(0, fadeFrames);
    this.#mix.addScratch(target, steadyFrames, fadeFrames);
    this.#mix.ramp.jump(0);
  }

  /** Leaves out what lies before `skipTo`, after a fade of what was playing; the frames that are left. */
  #pass(target: Address, frames: number, fill: number): number {
    let left = fill;
    if (this.#state === STREAM_STATE.playing && !this.#mix.silent) {
      const fadeFrames = Math.min(this.#rampFrames, frames);
      const needed = this.#source.need(fadeFrames);
      if (needed <= left) {
        this.#source.takeFloats(needed, fadeFrames);
        left -= needed;
        this.#mix.ramp.aim(0, fadeFrames);
        this.#mix.addScratch(target, 0, fadeFrames);
      }
      this.#mix.ramp.jump(0);
      this.#aim();
    }
    const past = Math.min(Math.max(0, this.#skipTo - this.#reader.frames), left);
    this.#reader.advance(past);
    this.#source.resetResampler();
    if (this.#state !== STREAM_STATE.paused) this.#state = STREAM_STATE.filling;
    return left - past;
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
      this.#source.resetResampler();
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

  /** The client's status page, its wake-up, and the main thread's block. */
  #tell(time: QuantumTime): void {
    const reader = this.#reader;
    const fill = Math.max(reader.fill(), 0);
    const held = this.#source.heldFrames;
    // What comes next from the ring is behind this whole quantum.
    const delayFrames = Math.round(held + (time.delayFrames + time.quantumFrames) * this.#ratio);
    const latencyFrames = this.#live ? this.#tellLive(time, this.#live) : fill + delayFrames;
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
      this.slot, this.#state, reader.frames, fill, latencyFrames, this.#starvedFrames, this.#underruns,
    ); // prettier-ignore
    // While it does not play nothing brings the fill down to what its filler waits for: it is asked for more at once.
    const wakeFill = this.#state === STREAM_STATE.playing ? fill : 0;
    if (!this.#hints.due(wakeFill)) return;
    if (this.#wakeFd >= 0) wake(this.#wakeFd);
    else this.#blocks.due(this.slot);
  }

  /** From the sender's line to the speaker; 0 in silence. */
  #tellLive(time: QuantumTime, live: LivePace): number {
    const playing = this.#state === STREAM_STATE.playing;
    live.tell(time, playing);
    return playing ? Math.round(live.latencyFrames + time.delayFrames * this.#ratio) : 0;
  }
}
