import type { Outlet } from '../../session/port.js';
import type { Link } from './link/link.js';
import { KIND } from './link/words.js';

/** One session's way out, through the child. */
export class WebTransportOutlet implements Outlet {
  #link: Link | undefined;
  #sentBytes = 0;
  #takenBytes = 0;

  constructor(
    readonly session: number,
    link: Link,
  ) {
    this.#link = link;
  }

  /** No descriptor crosses UDP: its peers have `sharedMemory: false`. */
  send(message: Uint8Array): void {
    this.#send(KIND.MESSAGE, message);
  }

  sendSound(message: Uint8Array): void {
    this.#send(KIND.SOUND, message);
  }

  /** All that the child has not told to be gone: in the pipe, in its memory, in quiche. */
  queuedBytes(): number {
    return this.#link ? this.#sentBytes - this.#takenBytes : 0;
  }

  /** @param bytes of all that was ever sent; what cannot be is not believed */
  taken(bytes: number): void {
    if (bytes > this.#takenBytes && bytes <= this.#sentBytes) this.#takenBytes = bytes;
  }

  close(): void {
    this.#link?.send(KIND.CLOSE, this.session);
    this.unplug();
  }

  /** What is said from now on is said to nobody. */
  unplug(): void {
    this.#link = undefined;
  }

  #send(kind: number, message: Uint8Array): void {
    if (!this.#link) return;
    this.#sentBytes += message.length;
    this.#link.send(kind, this.session, message);
  }
}
