import type { Duplex } from 'node:stream';
import { Deframer, HEADER_BYTES } from '../../../../native-shim/client/framing.js';
import { WeirError } from '../../../observe/errors.js';
import { LINK_LIMITS } from '../limits.js';

/** Kind and session, after the length. */
const WORD_BYTES = 5;

export interface LinkEvents {
  /** `bytes` are good until the call returns. */
  frame(kind: number, session: number, bytes: Uint8Array): void;
  /** The pipe ended, or what came of it makes no frames. Told once. */
  broken(why: string): void;
}

/** One end of the pipe between the server and its child. */
export class Link {
  readonly #pipe: Duplex;
  readonly #events: LinkEvents;
  readonly #deframer = new Deframer(LINK_LIMITS.frameBytes);
  #corked = false;
  #broken = false;

  constructor(pipe: Duplex, events: LinkEvents) {
    this.#pipe = pipe;
    this.#events = events;
    pipe.on('data', (bytes: Buffer) => this.#receive(bytes));
    pipe.on('close', () => this.#break('the pipe closed'));
    pipe.on('error', (error) => this.#break(error.message));
  }

  /** Bytes that the other side has not read, the kernel's own aside. */
  get queuedBytes(): number {
    return this.#pipe.writableLength;
  }

  /** `bytes` are the pipe's from here on; `left` is called when the kernel has them. */
  send(kind: number, session: number, bytes: Uint8Array = new Uint8Array(), left?: () => void): void {
    if (this.#broken) return;
    const head = Buffer.alloc(HEADER_BYTES + WORD_BYTES);
    head.writeUInt32LE(WORD_BYTES + bytes.length, 0);
    head.writeUInt8(kind, HEADER_BYTES);
    head.writeUInt32LE(session, HEADER_BYTES + 1);
    // All that is said in one turn of the loop goes in one system call.
    if (!this.#corked) {
      this.#corked = true;
      this.#pipe.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#pipe.uncork();
      });
    }
    this.#pipe.write(head);
    this.#pipe.write(bytes, left);
  }

  sendJson(kind: number, session: number, value: unknown): void {
    this.send(kind, session, Buffer.from(JSON.stringify(value)));
  }

  /** The other side still gets what was said. */
  end(): void {
    this.#broken = true;
    this.#pipe.end();
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#deframer.push(bytes)) {
      if (this.#broken) return;
      if (frame instanceof WeirError || frame.length < WORD_BYTES) return this.#break('it speaks no frames');
      const head = new DataView(frame.buffer, frame.byteOffset, WORD_BYTES);
      this.#events.frame(head.getUint8(0), head.getUint32(1, true), frame.subarray(WORD_BYTES));
    }
  }

  #break(why: string): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#pipe.destroy();
    this.#events.broken(why);
  }
}
