import type { RingMemory } from '../mempool/ring-memory.js';
import { PlaybackWriter } from '../mempool/ring.js';
import { type ErrorCode, WeirError } from '../observe/errors.js';
import { Drops } from './drops.js';
import type { Inflow } from './inflow.js';

export interface CopiesInEvents {
  /** Frames since open that the sender may have sent. */
  grant(frames: number): void;
  /** Frames that will not be heard, told at once and then at most every DROPS_TOLD_INTERVAL_MS. */
  dropped(frames: number, code: ErrorCode): void;
}

/**
 * Playback that arrives as packets. The sender is granted a window ahead of the engine; what it sends beyond that is
 * taken as far as the ring holds it, and dropped from there on.
 */
export class CopiesIn implements Inflow {
  granted: number;
  readonly #writer: PlaybackWriter;
  readonly #capacityFrames: number;
  readonly #frameBytes: number;
  readonly #events: CopiesInEvents;
  readonly #excess: Drops;
  readonly #missing: Drops;
  #windowFrames: number;
  /** Position after the last packet, dropped frames included: where the next one should begin. */
  #sent = 0;

  /** `windowFrames`: how far the sender may run ahead of the engine. */
  constructor(memory: RingMemory, windowFrames: number, events: CopiesInEvents) {
    this.#writer = new PlaybackWriter(memory);
    this.#capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
    this.#events = events;
    const dropped = (frames: number, code: ErrorCode) => {
      events.dropped(frames, code);
    };
    this.#excess = new Drops('GRANT_EXCEEDED', dropped);
    this.#missing = new Drops('FRAMES_MISSING', dropped);
    this.#windowFrames = Math.min(windowFrames, memory.capacityFrames);
    this.granted = this.#windowFrames;
  }

  get nextFrame(): number {
    return this.#sent;
  }

  get droppedFrames(): number {
    return this.#excess.frames + this.#missing.frames;
  }

  setWindow(windowFrames: number): void {
    this.#windowFrames = Math.min(windowFrames, this.#capacityFrames);
  }

  /** `frame`: the packet's position. A gap before it was lost on the way; what was sent before is not taken twice. */
  receive(frame: number, data: Uint8Array): WeirError | undefined {
    const frames = data.length / this.#frameBytes;
    if (!Number.isInteger(frames)) {
      const what = `${data.length} bytes are no whole number of frames of ${this.#frameBytes} bytes`;
      return new WeirError('BAD_MESSAGE', what);
    }
    if (!Number.isSafeInteger(frame + frames)) return new WeirError('BAD_MESSAGE', `an AudioPacket at frame ${frame}`);
    this.#missing.frames += Math.max(frame - this.#sent, 0);
    const known = Math.min(Math.max(this.#sent - frame, 0), frames);
    this.#sent = Math.max(this.#sent, frame + frames);
    this.#excess.frames += frames - known - this.#writer.write(data, known);
    return undefined;
  }

  /** Lets the sender go on as the engine consumes; tells what was dropped meanwhile. */
  pump(nowMs: number): void {
    const granted = this.#sent - this.#writer.fill() + this.#windowFrames;
    // Small steps are not worth a message.
    if (granted - this.granted >= this.#windowFrames / 8) {
      this.granted = granted;
      this.#events.grant(granted);
    }
    this.#excess.tell(nowMs);
    this.#missing.tell(nowMs);
  }

  close(): void {}
}
