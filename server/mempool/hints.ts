import { CONTROL } from '../../native-shim/ring-layout.js';
import { controlWords, type Direction, type RingMemory } from './ring-memory.js';

/** The engine's look at a client's wish to be woken: one byte for each new value of `wakeRequest`, however it is played with. */
export class Hints {
  readonly #control: Int32Array;
  readonly #playback: boolean;
  #answered = 0;

  constructor(memory: RingMemory, direction: Direction) {
    this.#control = controlWords(memory);
    this.#playback = direction === 'playback';
  }

  /** Whether a byte is due at this fill (playback: as low as wished; record: as high). True once a request. */
  due(fillFrames: number): boolean {
    const request = Atomics.load(this.#control, CONTROL.wakeRequest);
    if (request === this.#answered) return false;
    const wishFrames = Atomics.load(this.#control, CONTROL.wakeFrames) >>> 0;
    if (this.#playback ? fillFrames > wishFrames : fillFrames < wishFrames) return false;
    this.#answered = request;
    return true;
  }
}

/** The client's side of it. */
export class WakeRequest {
  readonly #control: Int32Array;

  constructor(memory: RingMemory) {
    this.#control = controlWords(memory);
  }

  /** Asks for one byte when the fill is at most (playback) or at least (record) `frames`. Look at the fill once more before sleeping. */
  ask(frames: number): void {
    Atomics.store(this.#control, CONTROL.wakeFrames, frames);
    Atomics.add(this.#control, CONTROL.wakeRequest, 1);
  }
}
