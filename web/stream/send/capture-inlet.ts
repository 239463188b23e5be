import { nowUs } from '../../session/clock.js';
import { LOST_NOTE, STAMP_NOTE, type CapturedMessage, type CaptureLine } from '../capture-line.js';
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
  readonly #rate: number;
  readonly #captured: (block: CapturedBlock) => void;
  #frame = 0;
  #lostFrames = 0;
  #closed = false;

  constructor(line: CaptureLine, rate: number, captured: (block: CapturedBlock) => void) {
    this.#line = line;
    this.#rate = rate;
    this.#captured = captured;
    if (line.kind === 'ring') void this.#follow(new SharedRing(line.memory, CHANNELS));
    else line.port.onmessage = ({ data }: MessageEvent<CapturedMessage>) => this.#bring(data.samples, data.stampMs | 0);
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
    if (samples.length > 0 && !this.#closed) this.#bring(samples, Atomics.load(ring.notes, STAMP_NOTE));
  }

  #forget(frames: number): void {
    this.#lostFrames += frames;
    this.#frame += frames;
  }

  /** `stampMs` is modulo 2^32; an age has no need of more, and none of a wall clock that is right. */
  #bring(samples: Float32Array, stampMs: number): void {
    const frames = samples.length / CHANNELS;
    const ageUs = Math.max(0, (Date.now() - stampMs) | 0) * 1000;
    const capturedUs = nowUs() - ageUs - Math.round((frames / this.#rate) * 1e6);
    this.#captured({ frame: this.#frame, samples, capturedUs });
    this.#frame += frames;
  }
}
