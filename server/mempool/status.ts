import { STATUS } from '../../native-shim/ring-layout.js';
import { STATUS_ATTEMPTS_LIMIT } from './limits.js';
import { type RingMemory, statusWords } from './ring-memory.js';

/** What the server tells a native client of its stream. Keep one and change it: neither end allocates. */
export interface StreamStatus {
  /** Frames consumed (playback) or produced (record) since the stream opened … */
  frame: number;
  /** … at this CLOCK_MONOTONIC time. */
  timeNs: number;
  /** From there to the speaker, or from the source, at the stream's rate. */
  delayFrames: number;
  /** At the stream's rate. */
  quantumFrames: number;
  /** The fill that the client is to keep. */
  fillFrames: number;
  /** Frames of silence played for want of data. */
  starvedFrames: number;
  underruns: number;
  droppedFrames: number;
  /** enum StreamState of mixer.proto. */
  state: number;
}

export function emptyStatus(): StreamStatus {
  return {
    frame: 0,
    timeNs: 0,
    delayFrames: 0,
    quantumFrames: 0,
    fillFrames: 0,
    starvedFrames: 0,
    underruns: 0,
    droppedFrames: 0,
    state: 0,
  };
}

const HIGH = 2 ** 32;
const SECOND_NS = 1e9;

/**
 * The engine's end of the sequence lock: odd while the words change. One writer at a time; a new one heals an odd lock.
 * Two read-modify-writes fence the plain stores between them (acquire and release, on arm64 too): a sequentially consistent
 * store a word would cost the audio thread more than all the rest of a small stream's quantum.
 */
export class StatusWriter {
  readonly #words: Int32Array;

  constructor(memory: RingMemory) {
    this.#words = statusWords(memory);
    if ((Atomics.load(this.#words, STATUS.sequence) & 1) === 1) Atomics.add(this.#words, STATUS.sequence, 1);
  }

  write(status: StreamStatus): void {
    const words = this.#words;
    const seconds = Math.floor(status.timeNs / SECOND_NS);
    Atomics.add(words, STATUS.sequence, 1);
    words[STATUS.frameLow] = status.frame;
    words[STATUS.frameHigh] = Math.floor(status.frame / HIGH);
    words[STATUS.timeS] = seconds;
    words[STATUS.timeNs] = status.timeNs - seconds * SECOND_NS;
    words[STATUS.delayFrames] = status.delayFrames;
    words[STATUS.quantumFrames] = status.quantumFrames;
    words[STATUS.fillFrames] = status.fillFrames;
    words[STATUS.starvedFrames] = status.starvedFrames;
    words[STATUS.underruns] = status.underruns;
    words[STATUS.droppedFrames] = status.droppedFrames;
    words[STATUS.state] = status.state;
    Atomics.add(words, STATUS.sequence, 1);
  }
}

/** The client's end. */
export class StatusReader {
  readonly #words: Int32Array;
  readonly #copy = new Int32Array(STATUS.state + 1);
  /** Of the moment that was read last; odd before the first. */
  #sequence = 1;

  constructor(memory: RingMemory) {
    this.#words = statusWords(memory);
  }

  /** The same where there is a moment that was not read yet. */
  readNew(into: StreamStatus): boolean {
    return Atomics.load(this.#words, STATUS.sequence) !== this.#sequence && this.read(into);
  }

  /** Fills `into` with one consistent moment; false, and `into` as it was, where the writer never stood still. */
  read(into: StreamStatus): boolean {
    for (let attempt = 0; attempt < STATUS_ATTEMPTS_LIMIT; attempt++) {
      const before = Atomics.load(this.#words, STATUS.sequence);
      if ((before & 1) === 1) continue;
      for (let word = STATUS.frameLow as number; word <= STATUS.state; word++) {
        this.#copy[word] = Atomics.load(this.#words, word);
      }
      if (Atomics.load(this.#words, STATUS.sequence) !== before) continue;
      this.#sequence = before;
      this.#decode(into);
      return true;
    }
    return false;
  }

  #decode(into: StreamStatus): void {
    into.frame = this.#word(STATUS.frameHigh) * HIGH + this.#word(STATUS.frameLow);
    into.timeNs = this.#word(STATUS.timeS) * SECOND_NS + this.#word(STATUS.timeNs);
    into.delayFrames = this.#word(STATUS.delayFrames);
    into.quantumFrames = this.#word(STATUS.quantumFrames);
    into.fillFrames = this.#word(STATUS.fillFrames);
    into.starvedFrames = this.#word(STATUS.starvedFrames);
    into.underruns = this.#word(STATUS.underruns);
    into.droppedFrames = this.#word(STATUS.droppedFrames);
    into.state = this.#word(STATUS.state);
  }

  #word(index: number): number {
    return (this.#copy[index] ?? 0) >>> 0;
  }
}
