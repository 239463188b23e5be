import type { Socket } from 'node:net';
import type { Agenda } from './agenda.js';
import type { Link } from './link.js';

/** What one segment carries on Ethernet. */
const SEGMENT_BYTES = 1448;
/** A sender's window: so much is on its way at once. */
const WINDOW_BYTES = 256 * 1024;
/** While nothing gets through TCP tries again after so long, and each time after twice as long (RFC 6298, section 5; Linux's least). */
const RETRY_FIRST_MS = 200;

/** One direction of a TCP connection through a network: nothing is lost, all is late. */
export class ByteFlow {
  readonly #waiting: Buffer[] = [];
  #onTheWayBytes = 0;
  #isKnocking = false;
  #retryMs = RETRY_FIRST_MS;
  #hasEnded = false;

  constructor(
    readonly from: Socket,
    readonly to: Socket,
    readonly link: Link,
    readonly agenda: Agenda,
  ) {
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => {
      this.#hasEnded = true;
      this.#send();
    });
    from.on('error', () => to.destroy());
    from.on('close', () => from.readableEnded || to.destroy());
  }

  #take(chunk: Buffer): void {
    this.#onTheWayBytes += chunk.length;
    if (this.#onTheWayBytes >= WINDOW_BYTES) this.from.pause();
    for (let at = 0; at < chunk.length; at += SEGMENT_BYTES) this.#waiting.push(chunk.subarray(at, at + SEGMENT_BYTES));
    this.#send();
  }

  #send(): void {
    if (this.link.isDown || this.#isKnocking) return this.#knock();
    this.#retryMs = RETRY_FIRST_MS;
    const nowMs = performance.now();
    for (const piece of this.#waiting.splice(0)) {
      this.agenda.add(this.link.segment(piece.length, nowMs), () => this.#deliver(piece));
    }
    if (this.#hasEnded) this.agenda.add(this.link.segment(0, nowMs), () => this.to.end());
  }

  #knock(): void {
    if (this.#isKnocking) return;
    this.#isKnocking = true;
    this.agenda.add(performance.now() + this.#retryMs, () => {
      this.#isKnocking = false;
      this.#retryMs *= 2;
      this.#send();
    });
  }

  #deliver(piece: Buffer): void {
    this.#onTheWayBytes -= piece.length;
    if (this.#onTheWayBytes < WINDOW_BYTES) this.from.resume();
    if (!this.to.destroyed) this.to.write(piece);
  }
}
