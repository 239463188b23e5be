/** Bytes that a client sent, wherever they lie. They are copied once, into the place where they stay. */
export interface Block {
  readonly length: number;
  /** Copies `bytes` bytes from `from` of the block on to `at` of `into`; how many there were. What is missing is silence. */
  copy(from: number, into: Uint8Array, at: number, bytes: number): number;
}

/** A block that came in the frame itself. Made once a connection and pointed at each frame's bytes. */
export class InlineBlock implements Block {
  #bytes: Uint8Array = new Uint8Array(0);

  of(bytes: Uint8Array): this {
    this.#bytes = bytes;
    return this;
  }

  get length(): number {
    return this.#bytes.length;
  }

  copy(from: number, into: Uint8Array, at: number, bytes: number): number {
    const whole = from === 0 && bytes === this.#bytes.length;
    into.set(whole ? this.#bytes : this.#bytes.subarray(from, from + bytes), at);
    return bytes;
  }
}
