import { WeirError } from '../../observe/errors.js';

/** Bytes in order from a file or a pipe: look ahead, take, or run through the rest. */
export class ByteReader {
  readonly #input: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  #ended = false;
  #takenBytes = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** The next `count` bytes without taking them; fewer at the end. For heads: what is held is copied as it grows. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#held.length < count && !this.#ended) await this.#more();
    return this.#held.subarray(0, count);
  }

  /** @throws WeirError AUDIO_UNREADABLE when the input ends before `count` bytes */
  async take(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(await this.peek(count));
    if (bytes.length < count) throw new WeirError('AUDIO_UNREADABLE', 'the input ends in the middle of its header');
    this.#drop(count);
    return bytes;
  }

  /** Passes over `count` bytes, or what there is of them, holding none. */
  async skip(count: number): Promise<void> {
    let left = count;
    while (left > 0) {
      if (this.#held.length === 0) await this.#more();
      if (this.#held.length === 0) return;
      const bytes = Math.min(left, this.#held.length);
      this.#drop(bytes);
      left -= bytes;
    }
  }

  /** All that comes from here on, at most `limitBytes` of it. */
  async *rest(limitBytes = Infinity): AsyncGenerator<Uint8Array> {
    let left = limitBytes;
    while (left > 0) {
      if (this.#held.length === 0) await this.#more();
      if (this.#held.length === 0) return;
      const chunk = this.#held.subarray(0, left);
      this.#drop(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  #drop(count: number): void {
    this.#held = this.#held.subarray(count);
    this.#takenBytes += count;
  }

  async #more(): Promise<void> {
    if (this.#ended) return;
    const next = await this.#input.next();
    if (next.done === true) {
      this.#ended = true;
    } else if (this.#held.length === 0) {
      this.#held = next.value;
    } else {
      const joined = new Uint8Array(this.#held.length + next.value.length);
      joined.set(this.#held);
      joined.set(next.value, this.#held.length);
      this.#held = joined;
    }
  }
}
