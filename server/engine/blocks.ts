import { CHANNEL_LIMIT, SLOT_LIMIT } from './limits.js';
import { SlotBits, slotBitsWords } from './slot-bits.js';

/**
 * What the engine thread tells the main thread: one block for the output, one for each stream's slot, in memory that
 * no client sees. Numbers that belong together are read under a sequence lock (odd: being written).
 */

/** Words of the output's block. */
const OUTPUT = {
  sequence: 0,
  /** Grows at every turn of the loop: the thread's sign of life. */
  heartbeat: 1,
  /** The main thread sets it: this thread was replaced and may touch nothing more. */
  abandoned: 2,
  delayFrames: 3,
  xruns: 4,
  /** Meters since the epoch that the main thread last asked for. */
  meterEpoch: 5,
  meterTaken: 6,
  droppedFrames: 7,
  peak: 16,
  power: 24,
} as const;

/** Words of a stream's block. */
const STREAM = {
  sequence: 0,
  state: 1,
  framesLow: 2,
  framesHigh: 3,
  fillFrames: 4,
  latencyFrames: 5,
  starvedFrames: 6,
  underruns: 7,
  /** Counts that the main thread compares with what it saw last. */
  started: 10,
  drained: 11,
  released: 12,
  corrupt: 13,
  peak: 16,
  power: 24,
} as const;

const OUTPUT_WORDS = 32;
const STREAM_WORDS = 32;
/** Behind the blocks: one bit a slot where its block has something new that its stream is to hear of at once … */
const NEWS_AT = OUTPUT_WORDS + SLOT_LIMIT * STREAM_WORDS;
/** … and one where its ring's filler on the main thread is due: so often that a look at the block would be the dearest part of it. */
const DUE_AT = NEWS_AT + slotBitsWords(SLOT_LIMIT);

export const BLOCKS_BYTES = (DUE_AT + slotBitsWords(SLOT_LIMIT)) * 4;

/** What becomes of a stream just now; the numbers are those of mixer.proto's StreamState. */
export const STREAM_STATE = { filling: 1, playing: 2, starved: 3, paused: 4, draining: 5, orphaned: 6 } as const;

export interface OutputReading {
  /** From the mix to the speaker. */
  delayFrames: number;
  xruns: number;
  /** Mixed, and not played. */
  droppedFrames: number;
}

export interface StreamReading {
  state: number;
  /** Consumed (playback) or produced (record) since the stream opened. */
  frames: number;
  fillFrames: number;
  latencyFrames: number;
  starvedFrames: number;
  underruns: number;
  started: number;
  drained: number;
  released: number;
  corrupt: boolean;
}

export interface LevelReading {
  peak: number[];
  rms: number[];
}

const LAP = 2 ** 32;

/** The engine thread's end: plain stores, fenced by the two bumps of the sequence (as in mempool/status.ts). */
export class BlockWriter {
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly #news: SlotBits;
  readonly #due: SlotBits;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.#news = new SlotBits(this.words, NEWS_AT, SLOT_LIMIT);
    this.#due = new SlotBits(this.words, DUE_AT, SLOT_LIMIT);
  }

  static stream(slot: number): number {
    return OUTPUT_WORDS + slot * STREAM_WORDS;
  }

  isAbandoned(): boolean {
    return Atomics.load(this.words, OUTPUT.abandoned) !== 0;
  }

  beat(): void {
    Atomics.add(this.words, OUTPUT.heartbeat, 1);
  }

  /** The main thread wants meters: since when, so that the answer can be told apart. */
  get meterEpoch(): number {
    return Atomics.load(this.words, OUTPUT.meterEpoch);
  }

  get meterTaken(): number {
    return Atomics.load(this.words, OUTPUT.meterTaken);
  }

  output(delayFrames: number, xruns: number, droppedFrames: number): void {
    const words = this.words;
    Atomics.add(words, OUTPUT.sequence, 1);
    words[OUTPUT.delayFrames] = delayFrames;
    words[OUTPUT.xruns] = xruns;
    words[OUTPUT.droppedFrames] = droppedFrames;
    Atomics.add(words, OUTPUT.sequence, 1);
  }

  stream(
    slot: number,
    state: number,
    frames: number,
    fillFrames: number,
    latencyFrames: number,
    starvedFrames: number,
    underruns: number,
  ): void {
    // prettier-ignore
    const words = this.words;
    const at = BlockWriter.stream(slot);
    Atomics.add(words, at + STREAM.sequence, 1);
    words[at + STREAM.state] = state;
    words[at + STREAM.framesLow] = frames;
    words[at + STREAM.framesHigh] = frames / LAP;
    words[at + STREAM.fillFrames] = fillFrames;
    words[at + STREAM.latencyFrames] = latencyFrames;
    words[at + STREAM.starvedFrames] = starvedFrames;
    words[at + STREAM.underruns] = underruns;
    Atomics.add(words, at + STREAM.sequence, 1);
  }

  /** Tells the main thread whose blocks have news, all of which stand there by now, and who is due; whether there are any. */
  publishNews(): boolean {
    const news = this.#news.publish();
    return this.#due.publish() || news;
  }

  /** The fill came to what the ring's filler on the main thread had asked for. */
  due(slot: number): void {
    this.#due.set(slot);
  }

  started(slot: number): void {
    this.#news.set(slot);
    Atomics.add(this.words, BlockWriter.stream(slot) + STREAM.started, 1);
  }

  drained(slot: number): void {
    this.#news.set(slot);
    Atomics.add(this.words, BlockWriter.stream(slot) + STREAM.drained, 1);
  }

  released(slot: number): void {
    this.#news.set(slot);
    Atomics.add(this.words, BlockWriter.stream(slot) + STREAM.released, 1);
  }

  /** What it played for want of data stands in its block by the quantum's end. */
  starved(slot: number): void {
    this.#news.set(slot);
  }

  corrupt(slot: number): void {
    if (this.words[BlockWriter.stream(slot) + STREAM.corrupt] === 1) return;
    this.#news.set(slot);
    Atomics.store(this.words, BlockWriter.stream(slot) + STREAM.corrupt, 1);
  }

  /** Publishes `channels` pairs [peak, sum of squares] of a meter and starts it anew. */
  meter(slot: number | undefined, meter: Float32Array, at: number, channels: number, frames: number): void {
    const base = slot === undefined ? 0 : BlockWriter.stream(slot);
    for (let c = 0; c < channels; c++) {
      this.floats[base + STREAM.peak + c] = meter[at + 2 * c] ?? 0;
      this.floats[base + STREAM.power + c] = frames > 0 ? (meter[at + 2 * c + 1] ?? 0) / frames : 0;
      meter[at + 2 * c] = 0;
      meter[at + 2 * c + 1] = 0;
    }
  }

  metersTaken(epoch: number): void {
    Atomics.store(this.words, OUTPUT.meterTaken, epoch);
  }
}

/** The main thread's end. */
export class BlockReader {
  readonly #words: Int32Array;
  readonly #floats: Float32Array;
  readonly #news: SlotBits;
  readonly #due: SlotBits;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#floats = new Float32Array(buffer);
    this.#news = new SlotBits(this.#words, NEWS_AT, SLOT_LIMIT);
    this.#due = new SlotBits(this.#words, DUE_AT, SLOT_LIMIT);
  }

  /** Tells the thread that it was replaced. */
  abandon(): void {
    Atomics.store(this.#words, OUTPUT.abandoned, 1);
  }

  get heartbeat(): number {
    return Atomics.load(this.#words, OUTPUT.heartbeat);
  }

  /** Asks for the meters since now; they are there when `metersReady`. */
  askMeters(): void {
    Atomics.add(this.#words, OUTPUT.meterEpoch, 1);
  }

  get metersReady(): boolean {
    return Atomics.load(this.#words, OUTPUT.meterTaken) === Atomics.load(this.#words, OUTPUT.meterEpoch);
  }

  output(): OutputReading {
    return this.#locked(0, (word) => ({
      delayFrames: word(OUTPUT.delayFrames),
      xruns: word(OUTPUT.xruns),
      droppedFrames: word(OUTPUT.droppedFrames) >>> 0,
    }));
  }

  stream(slot: number): StreamReading {
    return this.#locked(BlockWriter.stream(slot), (word) => ({
      state: word(STREAM.state),
      frames: word(STREAM.framesHigh) * LAP + (word(STREAM.framesLow) >>> 0),
      fillFrames: word(STREAM.fillFrames),
      latencyFrames: word(STREAM.latencyFrames),
      starvedFrames: word(STREAM.starvedFrames) >>> 0,
      underruns: word(STREAM.underruns) >>> 0,
      started: word(STREAM.started),
      drained: word(STREAM.drained),
      released: word(STREAM.released),
      corrupt: word(STREAM.corrupt) === 1,
    }));
  }

  /** The slots with news since the last call. */
  takeNews(): number[] {
    return this.#news.take();
  }

  /** The slots that came due since the last call. */
  takeDue(): number[] {
    return this.#due.take();
  }

  levels(slot: number | undefined, channels: number): LevelReading {
    const base = slot === undefined ? 0 : BlockWriter.stream(slot);
    const count = Math.min(channels, CHANNEL_LIMIT);
    const at = (offset: number) => Array.from(this.#floats.subarray(base + offset, base + offset + count));
    return { peak: at(STREAM.peak), rms: at(STREAM.power).map(Math.sqrt) };
  }

  /** A slot is given to a new stream, which goes on from `frames`: nothing of the one before may be taken for its own. */
  clear(slot: number, frames: number): void {
    const at = BlockWriter.stream(slot);
    this.#words.fill(0, at, at + STREAM_WORDS);
    this.#words[at + STREAM.framesLow] = frames;
    this.#words[at + STREAM.framesHigh] = frames / LAP;
  }

  /** Reads until no write came between. The writer needs nanoseconds, so a few tries are plenty; the last one stands. */
  #locked<T>(at: number, read: (word: (offset: number) => number) => T): T {
    const word = (offset: number) => Atomics.load(this.#words, at + offset);
    for (let tries = 0; ; tries++) {
      const before = Atomics.load(this.#words, at);
      const value = read(word);
      if ((before % 2 === 0 && Atomics.load(this.#words, at) === before) || tries === 100) return value;
    }
  }
}
