/** Writes into one stream of WebTransport, and knows how much the network has not taken. */
export class ByteSender {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #queuedBytes = 0;

  constructor(stream: WritableStream<Uint8Array<ArrayBuffer>>) {
    this.#writer = stream.getWriter();
    // How it ended is told by the session itself.
    this.#writer.closed.catch(() => undefined);
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#queuedBytes += bytes.length;
    const taken = (): void => void (this.#queuedBytes -= bytes.length);
    this.#writer.write(bytes).then(taken, taken);
  }
}

/** Calls `take` with what comes of `stream`, until it ends, breaks, or `take` wants no more. */
export async function readAll<T>(stream: ReadableStream<T>, take: (value: T) => boolean): Promise<void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done || !take(value)) return;
    }
  } catch {
    // Broken off: the session's own end says why.
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
