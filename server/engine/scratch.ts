import type { Address } from '../../native-shim/library.js';
import { Arena } from './arena.js';
import { CHANNEL_LIMIT, QUANTUM_MAX_FRAMES, SLOT_LIMIT } from './limits.js';

const METER_FLOATS = CHANNEL_LIMIT * 2;
const MATRIX_FLOATS = CHANNEL_LIMIT * CHANNEL_LIMIT;
const QUANTUM_FLOATS = QUANTUM_MAX_FRAMES * CHANNEL_LIMIT;
/** Slots of all streams, and one of the output itself. */
const METERS = SLOT_LIMIT + 1;
const OUTPUT_METER = SLOT_LIMIT;

const ARENA_BYTES = (6 * QUANTUM_FLOATS + METERS * METER_FLOATS + SLOT_LIMIT * MATRIX_FLOATS) * 4 + 64 * 1024;

/** The engine thread's working memory, made once at its start. */
export class Scratch {
  readonly #arena = new Arena(ARENA_BYTES);
  readonly mix = this.#arena.floats(QUANTUM_FLOATS);
  /** One stream's own frames, resampled. */
  readonly voice = this.#arena.floats(QUANTUM_FLOATS);
  /** The quantum in the device's format. */
  readonly device = this.#arena.bytes(QUANTUM_FLOATS * 4);
  /** A lone s32 stream's quantum as it came: what float cannot hold. */
  readonly exact = this.#arena.bytes(QUANTUM_FLOATS * 4);
  /** The last frames of `exact`, delayed as the limiter delays. */
  readonly exactTail = this.#arena.bytes(QUANTUM_FLOATS * 4);
  readonly silence = this.#arena.bytes(QUANTUM_FLOATS * 4);
  readonly #meters = this.#arena.floats(METERS * METER_FLOATS);
  readonly #matrices = this.#arena.floats(SLOT_LIMIT * MATRIX_FLOATS);
  /** The state of the noise generator. */
  readonly dither = this.#arena.bytes(4);

  get meters(): Float32Array {
    return this.#meters.view;
  }

  /** Where a slot's meter (the output's own without one) stands in `meters`. */
  meterIndex(slot: number = OUTPUT_METER): number {
    return slot * METER_FLOATS;
  }

  meterAddress(slot?: number): Address {
    return this.#meters.address + BigInt(this.meterIndex(slot) * 4);
  }

  /** Stores a channel matrix for a slot's life. */
  storeMatrix(slot: number, matrix: Float32Array | undefined): Address | null {
    if (!matrix) return null;
    this.#matrices.view.set(matrix, slot * MATRIX_FLOATS);
    return this.#matrices.address + BigInt(slot * MATRIX_FLOATS * 4);
  }

  free(): void {
    this.#arena.free();
  }
}
