import type { Connection } from './connection.js';
import type { Feed } from './feed.js';
import { AUDIO_QUEUE_BYTES, PACKET_BYTES } from './limits.js';
import { Signal } from './signal.js';

/** Playback as AudioPacket copies: at most what the server granted, and never a long queue of our own. */
export class CopyFeed implements Feed {
  readonly #connection: Connection;
  readonly #stream: number;
  readonly #frameBytes: number;
  readonly #room = new Signal();
  #grantedFrames: number;
  #sentFrames = 0;
  #closed = false;

  constructor(connection: Connection, stream: number, frameBytes: number, grantedFrames: number) {
    this.#connection = connection;
    this.#stream = stream;
    this.#frameBytes = frameBytes;
    this.#grantedFrames = grantedFrames;
  }

  roomFrames(): number {
    const queueBytes = AUDIO_QUEUE_BYTES - this.#connection.queuedBytes;
    const room = Math.min(this.#grantedFrames - this.#sentFrames, Math.floor(queueBytes / this.#frameBytes));
    return Math.max(0, room);
  }

  push(frames: Uint8Array): void {
    const packetBytes = PACKET_BYTES - (PACKET_BYTES % this.#frameBytes);
    for (let at = 0; at < frames.length; at += packetBytes) {
      const data = frames.subarray(at, at + packetBytes);
      this.#connection.tell({ audio: { stream: this.#stream, frame: this.#sentFrames, data } });
      this.#sentFrames += data.length / this.#frameBytes;
    }
  }

  async waitForRoom(): Promise<void> {
    if (this.#connection.queuedBytes > 0) await this.#connection.flushed();
    else if (!this.#closed) await this.#room.wait();
  }

  granted(frames: number): void {
    this.#grantedFrames = Math.max(this.#grantedFrames, frames);
    this.#room.raise();
  }

  close(): void {
    this.#closed = true;
    this.#room.raise();
  }

  /** The server keeps the fill here, by what it grants. */
  timing(): void {}
  paused(): void {}
  status(): undefined {}
}
