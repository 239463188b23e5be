import { type Address, viewOf } from '../../native-shim/library.js';
import { mapPrivate, must, unmap } from '../../native-shim/sys.js';

const LINE_BYTES = 64;

/** Memory of one engine thread, handed out once and never given back before the thread ends. Untouched pages cost nothing. */
export class Arena {
  readonly #base: Address;
  readonly #sizeBytes: number;
  #used = 0;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#base = must(mapPrivate(sizeBytes));
  }

  bytes(count: number): Address {
    const at = this.#used;
    this.#used += Math.ceil(count / LINE_BYTES) * LINE_BYTES;
    if (this.#used > this.#sizeBytes) throw new Error(`arena: ${this.#used} of ${this.#sizeBytes} bytes asked for`);
    return this.#base + BigInt(at);
  }

  floats(count: number): { address: Address; view: Float32Array } {
    const address = this.bytes(count * 4);
    return { address, view: new Float32Array(viewOf(address, count * 4)) };
  }

  /** Nothing of it may be touched afterwards. */
  free(): void {
    unmap(this.#base, this.#sizeBytes);
  }
}
