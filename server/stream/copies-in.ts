import type { RingMemory } from '../mempool/ring-memory.js';
import { PlaybackWriter } from '../mempool/ring.js';
import { type ErrorCode, WeirError } from '../observe/errors.js';
import { DROPS_TOLD_INTERVAL_MS } from './limits.js';

export interface CopiesInEvents {
  /** Frames since open that the sender may have sent. */
  grant(frames: number): void;
  /** Frames that will not be heard, told at once and then at most every DROPS_TOLD_INTERVAL_MS. */
  dropped(frames: number, code: ErrorCode): void;
}

/** Frames of one kind that were not heard, and how many of them the sender knows of. */
interface Drops {
  readonly code: ErrorCode;
  frames: number;
  told: number;
  toldAtMs: number;
}

const noDrops = (code: ErrorCode): Drops => ({ code, frames: 0, told: 0, toldAtMs: -Infinity });

/**
 * Playback that arrives as packets. The sender is granted a window ahead of the engine; what it sends beyond that is
 * taken as far as the ring holds it, and dropped from there on.
 */
export class CopiesIn {
  granted: number;
  readonly #writer: PlaybackWriter;
  readonly #capacityFrames: number;
  readonly #frameBytes: number;
  readonly #events: CopiesInEvents;
  readonly #excess = noDrops('GRANT_EXCEEDED');
  readonly #missing = noDrops('FRAMES_MISSING');
  #windowFrames: number;
  /** Position after the last packet, dropped frames included: where the next one should begin. */
  #sent = 0;

  /** `windowFrames`: how far the sender may run ahead of the engine. */
  constructor(memory: RingMemory, windowFrames: number, events: CopiesInEvents) {
    this.#writer = new PlaybackWriter(memory);
    this.#capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
    this.#events = events;
    this.#windowFrames = Math.min(windowFrames, memory.capacityFrames);
    this.granted = this.#windowFrames;
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
    this.#tell(this.#excess, nowMs);
    this.#tell(this.#missing, nowMs);
  }

  #tell(drops: Drops, nowMs: number): void {
    if (drops.frames === drops.told || nowMs - drops.toldAtMs < DROPS_TOLD_INTERVAL_MS) return;
    this.#events.dropped(drops.frames - drops.told, drops.code);
    drops.told = drops.frames;
    drops.toldAtMs = nowMs;
  }
}
