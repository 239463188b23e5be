const COUNT_BYTES = 8;

/**
 * How much was sent that the peer has not read, the kernel's buffers on both sides included (several megabytes on
 * loopback). Each ping carries the count of bytes sent before it; its pong gives the count back (RFC 6455, 5.5.2-3).
 */
export class UnreadBytes {
  #sent = 0;
  #read = 0;
  #pinged = 0;

  get bytes(): number {
    return this.#sent - this.#read;
  }

  /** Sent since the last ping: nothing of it can be known to be read. */
  get unaskedBytes(): number {
    return this.#sent - this.#pinged;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** The payload of a ping that is sent now. */
  ping(): Buffer {
    this.#pinged = this.#sent;
    const payload = Buffer.alloc(COUNT_BYTES);
    payload.writeDoubleBE(this.#sent);
    return payload;
  }

  /** Anything but a count that was asked for is ignored: a pong may come unasked. */
  pong(payload: Buffer): void {
    if (payload.length !== COUNT_BYTES) return;
    const count = payload.readDoubleBE();
    if (count > this.#read && count <= this.#pinged) this.#read = count;
  }
}
