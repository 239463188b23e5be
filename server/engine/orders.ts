import type { Address } from '../../native-shim/library.js';
import type { FrameSpec, SampleFormat } from '../device/output-driver.js';
import type { RingMemory } from '../mempool/ring-memory.js';
import { ORDER_LIMIT } from './limits.js';

/** What every attached stream has, whichever way its sound flows. */
export interface Attach {
  /** The stream's place in the blocks. */
  slot: number;
  memory: RingMemory;
  spec: FrameSpec;
  /** A resampler made by the main thread, 0n where the two clocks are the same. */
  resampler: Address;
  /** The server's end of the wake-up socket; -1 for a ring of the server's own. */
  wakeFd: number;
  /** The client that owns it (mix-minus). */
  client: number;
  /** Frames since the stream opened to go on from: what was read (playback) or written (record) before. */
  frames: number;
}

/** A playback stream joins the mix. */
export interface PlayOrder extends Attach {
  kind: 'play';
  gain: number;
  paused: boolean;
  /** Frames that must be there before it starts. */
  startFrames: number;
  /** Frames that the client is told to keep. */
  fillFrames: number;
  /** It played elsewhere until now: fade in instead of starting sharply. */
  fadeIn: boolean;
  /** The sender's clock makes the sound: the ring's live block says how it stands. Only rings of the server's own. */
  live: boolean;
  /** Its number in the server. */
  stream: number;
}

/** A record stream hears the mix. */
export interface TapOrder extends Attach {
  kind: 'tap';
  /** Leave the client's own playback out. */
  mixMinus: boolean;
  /** The number of the one stream that it hears; 0: the mix. */
  solo: number;
}

export type Order =
  | PlayOrder
  | TapOrder
  /** Fades out, then acknowledges by `released` in the stream's block. */
  | { kind: 'detach'; slot: number }
  | { kind: 'gain'; slot: number; gain: number }
  | { kind: 'pause'; slot: number; paused: boolean }
  | { kind: 'drain'; slot: number }
  /** Goes on at this frame, counted since the stream opened: what lies before it is not heard. */
  | { kind: 'skip'; slot: number; frame: number }
  /** A gain for each of the stream's channels, on top of its own; none: all alike. */
  | { kind: 'balance'; slot: number; gains: readonly number[] }
  | { kind: 'fill'; slot: number; fillFrames: number; startFrames: number }
  /** A gain for each of the output's channels, or one for all. */
  | { kind: 'output-gain'; gains: readonly number[] }
  | { kind: 'quantum'; frames: number }
  | { kind: 'stop' };

const KINDS: readonly Order['kind'][] = [
  'play', 'tap', 'detach', 'gain', 'pause', 'drain', 'fill', 'output-gain', 'quantum', 'stop', 'skip',
  'balance',
]; // prettier-ignore
const FORMATS: readonly SampleFormat[] = ['s16', 's24', 's32', 'f32'];

const ORDER_WORDS = 32;
const LAP = 2 ** 32;
const HEAD = 0;
const TAIL = 16; // a cache line away from HEAD: the two threads do not fight over it
const RECORDS = 32;

export const ORDER_RING_BYTES = (RECORDS + ORDER_LIMIT * ORDER_WORDS) * 4;

/** Main thread → engine thread: a lock-free ring of orders. One batch takes effect in one quantum or not at all. */
export class OrderWriter {
  readonly #words: Int32Array;
  readonly #record: OrderRecord;
  #held: Order[][] = [];

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#record = new OrderRecord(buffer);
  }

  /** Orders that do not fit yet wait here, in their order, until `flush`. */
  post(...batch: Order[]): void {
    this.#held.push(batch);
    this.flush();
  }

  flush(): void {
    for (let batch = this.#held[0]; batch; batch = this.#held[0]) {
      const tail = Atomics.load(this.#words, TAIL);
      const used = (tail - Atomics.load(this.#words, HEAD)) | 0;
      if (used + batch.length > ORDER_LIMIT) return;
      batch.forEach((order, i) => this.#record.encode(order, recordAt(tail + i)));
      Atomics.store(this.#words, TAIL, (tail + batch.length) | 0);
      this.#held.shift();
    }
  }
}

/** The engine thread's end: looks once a quantum, allocates only when there is an order. */
export class OrderReader {
  readonly #words: Int32Array;
  readonly #record: OrderRecord;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#record = new OrderRecord(buffer);
  }

  take(carryOut: (order: Order) => void): void {
    const tail = Atomics.load(this.#words, TAIL);
    for (let head = Atomics.load(this.#words, HEAD); head !== tail; head = (head + 1) | 0) {
      carryOut(this.#record.decode(recordAt(head)));
      Atomics.store(this.#words, HEAD, (head + 1) | 0);
    }
  }
}

function recordAt(index: number): number {
  return RECORDS + ((index >>> 0) % ORDER_LIMIT) * ORDER_WORDS;
}

/** One order as words. Field by field in one sequence, so that encode and decode cannot disagree about places. */
class OrderRecord {
  readonly #words: Int32Array;
  readonly #floats: Float32Array;
  #at = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#floats = new Float32Array(buffer);
  }

  encode(order: Order, at: number): void {
    this.#at = at;
    this.#put(KINDS.indexOf(order.kind));
    this.#put('slot' in order ? order.slot : 0);
    switch (order.kind) {
      case 'play':
        this.#putAttach(order);
        this.#putFloat(order.gain);
        this.#put(Number(order.paused));
        this.#put(order.startFrames);
        this.#put(order.fillFrames);
        this.#put(Number(order.fadeIn));
        this.#put(Number(order.live));
        return this.#put(order.stream);
      case 'tap':
        this.#putAttach(order);
        this.#put(Number(order.mixMinus));
        return this.#put(order.solo);
      case 'gain':
        return this.#putFloat(order.gain);
      case 'pause':
        return this.#put(Number(order.paused));
      case 'fill':
        this.#put(order.fillFrames);
        return this.#put(order.startFrames);
      case 'quantum':
        return this.#put(order.frames);
      case 'skip':
        this.#put(order.frame % LAP);
        return this.#put(Math.floor(order.frame / LAP));
      case 'balance':
      case 'output-gain':
        this.#put(order.gains.length);
        return order.gains.forEach((gain) => this.#putFloat(gain));
      case 'detach':
      case 'drain':
      case 'stop':
    }
  }

  decode(at: number): Order {
    this.#at = at;
    const kind = KINDS[this.#take()];
    const slot = this.#take();
    switch (kind) {
      case 'play':
        return {
          kind,
          ...this.#takeAttach(slot),
          gain: this.#takeFloat(),
          paused: this.#take() === 1,
          startFrames: this.#take(),
          fillFrames: this.#take(),
          fadeIn: this.#take() === 1,
          live: this.#take() === 1,
          stream: this.#take(),
        };
      case 'tap':
        return { kind, ...this.#takeAttach(slot), mixMinus: this.#take() === 1, solo: this.#take() };
      case 'gain':
        return { kind, slot, gain: this.#takeFloat() };
      case 'output-gain':
        return { kind, gains: this.#takeGains() };
      case 'pause':
        return { kind, slot, paused: this.#take() === 1 };
      case 'fill':
        return { kind, slot, fillFrames: this.#take(), startFrames: this.#take() };
      case 'quantum':
        return { kind, frames: this.#take() };
      case 'detach':
      case 'drain':
        return { kind, slot };
      case 'skip':
        return { kind, slot, frame: (this.#take() >>> 0) + this.#take() * LAP };
      case 'balance':
        return { kind, slot, gains: this.#takeGains() };
      case 'stop':
        return { kind };
      case undefined:
    }
    throw new Error('order ring: unknown kind'); // our own memory: only a bug of ours gets here
  }

  #takeGains(): number[] {
    return Array.from({ length: this.#take() }, () => this.#takeFloat());
  }

  #putAttach(order: Attach): void {
    this.#putAddress(order.memory.control);
    this.#putAddress(order.memory.status);
    this.#putAddress(order.memory.samples);
    this.#put(order.memory.capacityFrames);
    this.#put(order.memory.frameBytes);
    this.#put(FORMATS.indexOf(order.spec.format));
    this.#put(order.spec.rate);
    this.#put(order.spec.channels);
    this.#putAddress(order.resampler);
    this.#put(order.wakeFd);
    this.#put(order.client);
    this.#put(order.frames % LAP);
    this.#put(Math.floor(order.frames / LAP));
  }

  #takeAttach(slot: number): Attach {
    return {
      slot,
      memory: {
        control: this.#takeAddress(),
        status: this.#takeAddress(),
        samples: this.#takeAddress(),
        capacityFrames: this.#take(),
        frameBytes: this.#take(),
      },
      spec: { format: FORMATS[this.#take()] ?? 's16', rate: this.#take(), channels: this.#take() },
      resampler: this.#takeAddress(),
      wakeFd: this.#take(),
      client: this.#take(),
      frames: (this.#take() >>> 0) + this.#take() * LAP,
    };
  }

  #put(value: number): void {
    this.#words[this.#at++] = value;
  }

  #take(): number {
    return this.#words[this.#at++] ?? 0;
  }

  #putFloat(value: number): void {
    this.#floats[this.#at++] = value;
  }

  #takeFloat(): number {
    return this.#floats[this.#at++] ?? 0;
  }

  #putAddress(address: Address): void {
    this.#put(Number(address & 0xffffffffn) | 0);
    this.#put(Number(address >> 32n));
  }

  #takeAddress(): Address {
    const low = BigInt(this.#take() >>> 0);
    return (BigInt(this.#take()) << 32n) | low;
  }
}
