import type { Skew } from '../../../server/engine/drift/fastest-line.js';
import { LOST_NOTE, type CaptureLine } from '../capture-line.js';
import { FollowedLine } from '../followed-line.js';
import { CHANNELS } from '../limits.js';
import { SharedRing } from '../shared-ring.js';

/** Captured frames, interleaved. */
export interface CapturedBlock {
  /** Position of the first frame by the capturing clock, lost frames counted. */
  readonly frame: number;
  readonly samples: Float32Array;
  /** When the first frame was captured, by this worker's clock (nowUs). */
  readonly capturedUs: number;
}

/** The worker's end of a capture line: tells `captured` of what came, as soon as it came. */
export class CaptureInlet {
  readonly #line: CaptureLine;
  /** Frames are there when this worker is told, or later. */
  readonly #clock: FollowedLine;
  readonly #captured: (block: CapturedBlock) => void;
  #frame = 0;
  #lostFrames = 0;
  #closed = false;

  constructor(line: CaptureLine, rate: number, captured: (block: CapturedBlock) => void) {
    this.#line = line;
    this.#clock = new FollowedLine(rate);
    this.#captured = captured;
    if (line.kind === 'ring') void this.#follow(new SharedRing(line.memory, CHANNELS));
    else line.port.onmessage = ({ data }: MessageEvent<Float32Array>) => this.#bring(data);
  }

  /** The capturing clock by this worker's. */
  get skew(): Skew {
    return this.#clock.skew;
  }

  /** Frames that came while this worker had no time for them. */
  get lostFrames(): number {
    return this.#lostFrames;
  }

  close(): void {
    this.#closed = true;
    if (this.#line.kind === 'port') this.#line.port.close();
    else new SharedRing(this.#line.memory, CHANNELS).wake();
  }

  /** What lies there from before is no live sound. */
  async #follow(ring: SharedRing): Promise<void> {
    let lost = Atomics.load(ring.notes, LOST_NOTE);
    ring.skip(ring.fillFrames);
    while (!this.#closed) {
      await ring.whenThere();
      const nowLost = Atomics.load(ring.notes, LOST_NOTE);
      // What did not fit came after what lies there, which by now is too old to be heard.
      if (nowLost !== lost) this.#forget(((nowLost - lost) | 0) + ring.skip(ring.fillFrames));
      lost = nowLost;
      this.#take(ring);
    }
  }

  #take(ring: SharedRing): void {
    const samples = new Float32Array(ring.fillFrames * CHANNELS);
    ring.read(samples);
    if (samples.length > 0 && !this.#closed) this.#bring(samples);
  }

  #forget(frames: number): void {
    this.#lostFrames += frames;
    this.#frame += frames;
  }

  #bring(samples: Float32Array): void {
    const frame = this.#frame;
    this.#frame += samples.length / CHANNELS;
    this.#clock.note(this.#frame, performance.now() * 1e6);
    this.#captured({ frame, samples, capturedUs: Math.round(this.#clock.timeNsOf(frame) / 1e3) });
  }
}
