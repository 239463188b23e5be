import { STATUS_ATTEMPTS_LIMIT } from './limits.js';
import { type RingMemory, statusWords } from './ring-memory.js';

/**
 * What the two threads at the ends of a live stream's private ring tell each other, in its status page behind the words of the
 * ring's layout. Each way has a sequence lock of its own; neither end allocates after construction.
 */

/** From whoever fills the ring: where the sender's clock stands. Nothing is known while `nsPerFrame` is 0. */
export interface SenderState {
  /** The ring's frame … */
  anchorFrame: number;
  /** … that would be written at this CLOCK_MONOTONIC time if the network were at its fastest. */
  anchorTimeNs: number;
  /** The sender's clock, as measured. */
  nsPerFrame: number;
  /** How far the ring's reader shall stay behind that line: the packets' jitter and one packet's length. */
  targetFrames: number;
  /** How much faster than music bears it the way there may be. */
  haste: number;
}

/** From the engine: how the stream is played. */
export interface PlayState {
  /** Frames consumed since the stream opened … */
  readFrame: number;
  /** … at this CLOCK_MONOTONIC time. */
  timeNs: number;
  /** From the line to the mix, at the stream's rate: jitter buffer, quantum and resampler. */
  latencyFrames: number;
  /** The sender's clock against the device's, as measured: glides to another delay are not in it. */
  driftPpm: number;
  /** Frames thrown away since the stream opened: too old when the stream began, or began again, to be heard. */
  skippedFrames: number;
}

export function emptySenderState(): SenderState {
  return { anchorFrame: 0, anchorTimeNs: 0, nsPerFrame: 0, targetFrames: 0, haste: 1 };
}

export function emptyPlayState(): PlayState {
  return { readFrame: 0, timeNs: 0, latencyFrames: 0, driftPpm: 0, skippedFrames: 0 };
}

/** Words of the status page, far behind those of c/ring_layout.h. Each way has cache lines of its own. */
const SENDER_WORD = 256;
const PLAY_WORD = 288;
/** One word of sequence, one unused, then doubles: frames and ns beyond 2^32 are exact in them. */
const NUMBERS = 5;
const NUMBERS_AT = 2;

/** One way's numbers under a sequence lock (odd: being written), fenced as in status.ts. */
class NumberLock {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #copyWords = new Int32Array(NUMBERS * 2);
  readonly numbers = new Float64Array(this.#copyWords.buffer);

  constructor(memory: RingMemory, at: number) {
    this.#words = statusWords(memory);
    this.#at = at;
  }

  /** A writer that died in the middle left it odd. */
  heal(): void {
    if ((Atomics.load(this.#words, this.#at) & 1) === 1) Atomics.add(this.#words, this.#at, 1);
  }

  write(): void {
    const words = this.#words;
    Atomics.add(words, this.#at, 1);
    for (let i = 0; i < NUMBERS * 2; i++) words[this.#at + NUMBERS_AT + i] = this.#copyWords[i] ?? 0;
    Atomics.add(words, this.#at, 1);
  }

  /** False where the writer never stood still; `numbers` are then worth nothing. */
  read(): boolean {
    const words = this.#words;
    for (let attempt = 0; attempt < STATUS_ATTEMPTS_LIMIT; attempt++) {
      const before = Atomics.load(words, this.#at);
      if ((before & 1) === 1) continue;
      for (let i = 0; i < NUMBERS * 2; i++) this.#copyWords[i] = Atomics.load(words, this.#at + NUMBERS_AT + i);
      if (Atomics.load(words, this.#at) === before) return true;
    }
    return false;
  }
}

/** The end of whoever fills the ring. */
export class LiveSenderEnd {
  readonly #told: NumberLock;
  readonly #heard: NumberLock;

  constructor(memory: RingMemory) {
    this.#told = new NumberLock(memory, SENDER_WORD);
    this.#heard = new NumberLock(memory, PLAY_WORD);
    this.#told.heal();
  }

  tell(state: SenderState): void {
    const { numbers } = this.#told;
    numbers[0] = state.anchorFrame;
    numbers[1] = state.anchorTimeNs;
    numbers[2] = state.nsPerFrame;
    numbers[3] = state.targetFrames;
    numbers[4] = state.haste;
    this.#told.write();
  }

  /** Fills `into` with one consistent moment; false, and `into` as it was, where there is none. */
  hear(into: PlayState): boolean {
    if (!this.#heard.read()) return false;
    const { numbers } = this.#heard;
    into.readFrame = numbers[0] ?? 0;
    into.timeNs = numbers[1] ?? 0;
    into.latencyFrames = numbers[2] ?? 0;
    into.driftPpm = numbers[3] ?? 0;
    into.skippedFrames = numbers[4] ?? 0;
    return true;
  }
}

/** The engine's end. */
export class LivePlayEnd {
  readonly #told: NumberLock;
  readonly #heard: NumberLock;

  constructor(memory: RingMemory) {
    this.#told = new NumberLock(memory, PLAY_WORD);
    this.#heard = new NumberLock(memory, SENDER_WORD);
    this.#told.heal();
  }

  tell(state: PlayState): void {
    const { numbers } = this.#told;
    numbers[0] = state.readFrame;
    numbers[1] = state.timeNs;
    numbers[2] = state.latencyFrames;
    numbers[3] = state.driftPpm;
    numbers[4] = state.skippedFrames;
    this.#told.write();
  }

  /** Fills `into` with one consistent moment; false, and `into` as it was, where there is none. */
  hear(into: SenderState): boolean {
    if (!this.#heard.read()) return false;
    const { numbers } = this.#heard;
    into.anchorFrame = numbers[0] ?? 0;
    into.anchorTimeNs = numbers[1] ?? 0;
    into.nsPerFrame = numbers[2] ?? 0;
    into.targetFrames = numbers[3] ?? 0;
    into.haste = numbers[4] ?? 1;
    return true;
  }
}
