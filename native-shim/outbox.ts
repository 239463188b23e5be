import { shim } from './library.js';

/** What one call sends at most. */
const ROOM_BYTES = 32 * 1024;
const LETTERS = 64;

/** Whose message it is. */
export interface Correspondent {
  /** So many bytes of it were taken by the kernel; more than 0. No place to close a socket. */
  left(bytes: number): void;
}

const sendEach = shim.func('void weir_send_each(const uint8_t *bytes, void *letters, int count)') as (
  bytes: Uint8Array,
  letters: Int32Array,
  count: number,
) => void;

/** struct letter of c/outbox.c, in words. */
const LETTER = { fd: 0, length: 1, sent: 2 } as const;
const LETTER_WORDS = 3;

/**
 * Messages for many sockets that leave by one call. It neither waits nor fails: what a socket did not take, and what is too long for it,
 * is its owner's to send, who then meets the error too.
 */
export class Outbox {
  readonly #bytes = new Uint8Array(ROOM_BYTES);
  readonly #letters = new Int32Array(LETTERS * LETTER_WORDS);
  readonly #from: Correspondent[] = [];
  #length = 0;

  /** Copies a message for the socket `fd`, which stays open until `send`. */
  put(fd: number, bytes: Uint8Array, from: Correspondent): void {
    if (bytes.length > ROOM_BYTES) return;
    if (this.#from.length === LETTERS || this.#length + bytes.length > ROOM_BYTES) this.send();
    const at = this.#from.length * LETTER_WORDS;
    this.#letters[at + LETTER.fd] = fd;
    this.#letters[at + LETTER.length] = bytes.length;
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#from.push(from);
  }

  /** Sends what was put. */
  send(): void {
    const from = this.#from;
    if (from.length === 0) return;
    sendEach(this.#bytes, this.#letters, from.length);
    for (let index = 0; index < from.length; index++) {
      const sent = this.#letters[index * LETTER_WORDS + LETTER.sent] ?? 0;
      if (sent > 0) from[index]?.left(sent);
    }
    from.length = 0;
    this.#length = 0;
  }
}
