import { RECORD_QUEUE_MS } from './limits.js';
import type { RecordStatus, RecordTap } from './record-tap.js';
import { Signal } from './signal.js';

/** Recording from AudioPacket copies, held until they are read; the oldest go first when nobody does. */
export class CopyTap implements RecordTap {
  readonly #frameBytes: number;
  readonly #limitFrames: number;
  readonly #queue: Uint8Array[] = [];
  readonly #arrived = new Signal();
  #queuedFrames = 0;
  #nextFrame = 0;
  #lostFrames = 0;
  #closed = false;

  constructor(frameBytes: number, rate: number) {
    this.#frameBytes = frameBytes;
    this.#limitFrames = Math.ceil((rate * RECORD_QUEUE_MS) / 1000);
  }

  packet(frame: number, data: Uint8Array): void {
    const frames = Math.floor(data.length / this.#frameBytes);
    if (this.#closed || frames === 0) return;
    // Positions count from the stream's opening: a gap is what the server had to drop for us.
    this.#lostFrames += Math.max(0, frame - this.#nextFrame);
    this.#nextFrame = frame + frames;
    this.#queue.push(new Uint8Array(data.subarray(0, frames * this.#frameBytes)));
    this.#queuedFrames += frames;
    while (this.#queuedFrames > this.#limitFrames && this.#queue.length > 1) this.#lostFrames += this.#shift();
    this.#arrived.raise();
  }

  read(): Uint8Array | undefined {
    const packet = this.#queue[0];
    if (packet !== undefined) this.#shift();
    return packet;
  }

  async waitForFrames(): Promise<void> {
    if (!this.#closed) await this.#arrived.wait();
  }

  lostFrames(): number {
    return this.#lostFrames;
  }

  close(): void {
    this.#closed = true;
    this.#arrived.raise();
  }

  timing(): void {}

  status(): RecordStatus | undefined {
    return undefined;
  }

  #shift(): number {
    const frames = (this.#queue.shift()?.length ?? 0) / this.#frameBytes;
    this.#queuedFrames -= frames;
    return frames;
  }
}
