import { FrameQueue } from './frame-queue.js';
import { LISTEN_LIMITS } from './limits.js';
import { CORRECTION, DeadBandController } from './rate-controller.js';

/** Fades around a gap: 2.7 ms at 48 kHz, one render quantum. */
const FADE_FRAMES = 128;

export interface JitterCounts {
  /** Frames heard, silence not counted. */
  playedFrames: number;
  /** Times the sound ran out. */
  underruns: number;
  /** Frames that never came: silence stands for them. */
  lostFrames: number;
  /** Frames left out to be live again after a stall, or because nothing more fitted. */
  skippedFrames: number;
}

/**
 * Evens out packets that come when they can into sound that is needed at a steady pace. It waits until `targetFrames`
 * are there, then holds the fill near the target by reading slightly faster or slower. An underrun fades out, is
 * counted, raises the target and waits again; a long quiet time lowers it.
 */
export class JitterBuffer {
  readonly counts: JitterCounts = { playedFrames: 0, underruns: 0, lostFrames: 0, skippedFrames: 0 };
  readonly #queue: FrameQueue;
  readonly #controller = new DeadBandController();
  #nextFrame: number | undefined;
  #targetFrames: number = LISTEN_LIMITS.startTargetFrames;
  #playing = false;
  /** The read position between two frames, 0..1. */
  #fraction = 0;
  /** Frames of the fade-in that are still to come. */
  #fadeIn = 0;
  #quietFrames = 0;

  constructor(channels: number) {
    this.#queue = new FrameQueue(channels, LISTEN_LIMITS.capacityFrames);
  }

  get fillFrames(): number {
    return this.#queue.fillFrames;
  }

  get targetFrames(): number {
    return this.#targetFrames;
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Interleaved samples of which the first frame has position `frame` in the stream. What came twice is left out. */
  write(frame: number, samples: Float32Array): void {
    const frames = samples.length / this.#queue.channels;
    const expected = this.#nextFrame ?? frame;
    if (frame + frames <= expected) return;
    if (frame > expected) this.#fillGap(frame - expected);
    const repeated = Math.max(0, expected - frame);
    this.counts.skippedFrames += this.#queue.write(samples.subarray(repeated * this.#queue.channels));
    this.#nextFrame = frame + frames;
  }

  /** Fills the planar channels of one render quantum. */
  read(output: readonly Float32Array[]): void {
    const frames = output[0]?.length ?? 0;
    this.#start();
    this.#toLiveEdge();
    const step = this.#playing ? this.#controller.stepFor(this.fillFrames, this.#targetFrames) : 1;
    const available = this.#playing ? Math.floor((this.fillFrames - this.#fraction) / step) : 0;
    const heard = Math.min(frames, available);
    for (let i = 0; i < heard; i++) this.#readFrame(output, i, step);
    for (const channel of output) channel.fill(0, heard);
    this.counts.playedFrames += heard;
    if (this.#playing && heard < frames) this.#underrun(output, heard);
    else this.#calm(frames);
  }

  /** The stream begins anew, at any frame. */
  reset(): void {
    this.#queue.clear();
    this.#nextFrame = undefined;
    this.#halt();
  }

  #start(): void {
    if (this.#playing || this.fillFrames < this.#targetFrames) return;
    this.#playing = true;
    this.#fadeIn = FADE_FRAMES;
  }

  #halt(): void {
    this.#playing = false;
    this.#fraction = 0;
    this.#controller.reset();
  }

  #readFrame(output: readonly Float32Array[], i: number, step: number): void {
    const gain = this.#fadeIn > 0 ? 1 - this.#fadeIn-- / FADE_FRAMES : 1;
    output.forEach((channel, c) => {
      channel[i] = gain * this.#queue.between(0, this.#fraction, Math.min(c, this.#queue.channels - 1));
    });
    const next = this.#fraction + step;
    // A correction that has ended goes on to the next whole frame, from where samples pass unchanged.
    const settles = step === 1 && this.#fraction !== 0;
    const whole = Math.floor(next);
    this.#queue.skip(settles ? 1 : whole);
    this.#fraction = settles ? Math.max(0, this.#fraction - CORRECTION) : next - whole;
  }

  /** The little that was left goes out softly; the rest of the quantum is silent. */
  #underrun(output: readonly Float32Array[], heard: number): void {
    for (const channel of output) {
      for (let i = 0; i < heard; i++) channel[i] = (channel[i] ?? 0) * (1 - (i + 1) / heard);
    }
    this.counts.underruns++;
    this.#queue.clear();
    this.#quietFrames = 0;
    this.#targetFrames = Math.min(LISTEN_LIMITS.mostTargetFrames, this.#targetFrames + LISTEN_LIMITS.targetUpFrames);
    this.#halt();
  }

  #calm(frames: number): void {
    this.#quietFrames += frames;
    if (this.#quietFrames < LISTEN_LIMITS.quietFrames) return;
    this.#quietFrames = 0;
    this.#targetFrames = Math.max(LISTEN_LIMITS.leastTargetFrames, this.#targetFrames - LISTEN_LIMITS.targetDownFrames);
  }

  /** A gap shorter than the buffer keeps its length, so that what follows is heard when it would have been. */
  #fillGap(gapFrames: number): void {
    this.counts.lostFrames += gapFrames;
    const silent = Math.min(gapFrames, LISTEN_LIMITS.skipFrames);
    this.#queue.write(new Float32Array(silent * this.#queue.channels));
  }

  #toLiveEdge(): void {
    const excess = this.fillFrames - this.#targetFrames;
    if (excess <= LISTEN_LIMITS.skipFrames) return;
    this.#queue.skip(excess);
    this.counts.skippedFrames += excess;
    this.#fadeIn = FADE_FRAMES;
    this.#controller.reset();
  }
}
