import type { RingMemory } from '../mempool/ring-memory.js';
import { PlaybackWriter } from '../mempool/ring.js';
import { WeirError } from '../observe/errors.js';

export interface CopiesInEvents {
  /** Frames since open that the sender may have sent. */
  grant(frames: number): void;
  /** Frames thrown away, told once a burst. */
  dropped(frames: number): void;
}

/** Playback that arrives as packets: written into the ring as far as the sender was granted room. */
export class CopiesIn {
  droppedFrames = 0;
  granted: number;
  readonly #writer: PlaybackWriter;
  readonly #capacityFrames: number;
  readonly #frameBytes: number;
  readonly #events: CopiesInEvents;
  #windowFrames: number;
  /** Frames that the sender has sent, dropped ones included: what its next packet's position should be. */
  #sent = 0;
  #written = 0;
  #toldDropped = 0;

  /** `windowFrames`: how far the sender may run ahead of the engine. */
  constructor(memory: RingMemory, windowFrames: number, events: CopiesInEvents) {
    this.#writer = new PlaybackWriter(memory);
    this.#capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
    this.#events = events;
    this.#windowFrames = Math.min(windowFrames, memory.capacityFrames);
    this.granted = this.#windowFrames;
  }

  setWindow(windowFrames: number): void {
    this.#windowFrames = Math.min(windowFrames, this.#capacityFrames);
  }

  /** `frame`: the packet's position. A gap before it was lost on the way; what was sent before is not taken twice. */
  receive(frame: number, data: Uint8Array): WeirError | undefined {
    const frames = data.length / this.#frameBytes;
    if (!Number.isInteger(frames)) {
      return new WeirError('BAD_MESSAGE', `${data.length} bytes are no whole number of frames of ${this.#frameBytes} bytes`);
    }
    if (!Number.isSafeInteger(frame) || frame < 0) return new WeirError('BAD_MESSAGE', `frame position ${frame}`);
    if (frame > this.#sent) this.#drop(frame - this.#sent);
    const stale = Math.min(Math.max(this.#sent - frame, 0), frames);
    this.#sent = Math.max(this.#sent, frame + frames);
    const room = Math.max(0, this.granted - (this.#sent - (frames - stale)));
    const taken = this.#writer.write(data.subarray(stale * this.#frameBytes, (stale + Math.min(room, frames - stale)) * this.#frameBytes));
    this.#written += taken;
    if (taken < frames - stale) this.#drop(frames - stale - taken);
    return undefined;
  }

  /** Lets the sender go on as the engine consumes; tells what was dropped meanwhile. */
  renewGrant(): void {
    const waiting = this.#capacityFrames - this.#writer.free();
    const granted = this.#sent - waiting + this.#windowFrames;
    // Small steps are not worth a message.
    if (granted - this.granted >= this.#windowFrames / 8) {
      this.granted = granted;
      this.#events.grant(granted);
    }
    if (this.droppedFrames > this.#toldDropped) {
      this.#events.dropped(this.droppedFrames - this.#toldDropped);
      this.#toldDropped = this.droppedFrames;
    }
  }

  #drop(frames: number): void {
    this.droppedFrames += frames;
  }
}
