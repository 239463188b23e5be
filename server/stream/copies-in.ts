import { type ErrorCode, WeirError } from '../observe/errors.js';
import { Drops } from './drops.js';
import type { GrantedSink } from './granted-sink.js';
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
  readonly #sink: GrantedSink;
  readonly #events: CopiesInEvents;
  readonly #excess: Drops;
  readonly #missing: Drops;
  readonly #unreadable: Drops;
  #windowFrames = 0;
  /** Position after the last packet, dropped frames included: where the next one should begin. */
  #sent = 0;

  /** `windowFrames`: how far the sender may run ahead of the engine. */
  constructor(sink: GrantedSink, windowFrames: number, events: CopiesInEvents) {
    this.#sink = sink;
    this.#events = events;
    const dropped = (frames: number, code: ErrorCode) => {
      events.dropped(frames, code);
    };
    this.#excess = new Drops('GRANT_EXCEEDED', dropped);
    this.#missing = new Drops('FRAMES_MISSING', dropped);
    this.#unreadable = new Drops('PACKETS_UNREADABLE', dropped);
    this.setWindow(windowFrames);
    this.granted = this.#windowFrames;
  }

  get nextFrame(): number {
    return this.#sent;
  }

  get droppedFrames(): number {
    return this.#excess.frames + this.#missing.frames + this.#sink.unreadableFrames;
  }

  get pendingFrames(): number {
    return this.#sink.pendingFrames;
  }

  get charge() {
    return this.#sink.charge;
  }

  /** A sender of whole packets may be one short of what it was granted: that must not be what the engine waits for. */
  setWindow(windowFrames: number): void {
    this.#windowFrames = Math.min(windowFrames + this.#sink.packetFrames, this.#sink.capacityFrames);
  }

  /** `frame`: the packet's position. A gap before it was lost on the way; what was sent before is not taken twice. */
  receive(frame: number, data: Uint8Array): WeirError | undefined {
    const frames = this.#sink.framesOf(data);
    if (frames === undefined) return new WeirError('BAD_MESSAGE', `${data.length} bytes are no packet of this stream`);
    if (!Number.isSafeInteger(frame + frames)) return new WeirError('BAD_MESSAGE', `an AudioPacket at frame ${frame}`);
    this.#missing.frames += Math.max(frame - this.#sent, 0);
    const known = Math.min(Math.max(this.#sent - frame, 0), frames);
    this.#sent = Math.max(this.#sent, frame + frames);
    this.#excess.frames += frames - known - this.#sink.take(data, frames, known);
    return undefined;
  }

  /** Lets the sender go on as the engine consumes; tells what was dropped meanwhile. */
  pump(nowMs: number): void {
    const granted = this.#sent - this.#sink.heldFrames + this.#windowFrames;
    // Small steps are not worth a message.
    if (granted - this.granted >= this.#windowFrames / 8) {
      this.granted = granted;
      this.#events.grant(granted);
    }
    this.#unreadable.frames = this.#sink.unreadableFrames;
    for (const drops of [this.#excess, this.#missing, this.#unreadable]) drops.tell(nowMs);
  }

  close(): void {
    this.#sink.close();
  }
}
