import type { StreamReader } from '../quic/quic-connection.js';

/** Who reads a stream from `next` on. */
export interface Choice {
  readonly reader: StreamReader;
  readonly next: number;
}

/** A stream whose first bytes say what it is. `choose` gets them from the start until it knows: two varints are the most. */
export class PrefacedStream implements StreamReader {
  #start = Buffer.alloc(0);
  #reader: StreamReader | undefined;

  constructor(readonly choose: (start: Uint8Array) => Choice | undefined) {}

  data(bytes: Uint8Array): void {
    if (this.#reader) return this.#reader.data(bytes);
    this.#start = Buffer.concat([this.#start, bytes]);
    const choice = this.choose(this.#start);
    if (!choice) return;
    const rest = this.#start.subarray(choice.next);
    this.#start = Buffer.alloc(0);
    this.#reader = choice.reader;
    if (rest.length > 0) this.#reader.data(rest);
  }

  ended(): void {
    this.#reader?.ended();
  }
}
