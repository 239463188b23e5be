import type { RecordStream, Weir } from '../../native-shim/client/index.js';

const SPEC = { format: 'f32', rate: 48_000, channels: 2 } as const;
const FRAME_BYTES = 8;
/** Looks often enough to see nearly each quantum's time, and asks for no shorter one than there would be without. */
const LATENCY_MS = 40;

interface Moment {
  /** Frames up to here, the last `quantumFrames` at `timeNs` of CLOCK_MONOTONIC. */
  readonly frame: number;
  readonly quantumFrames: number;
  readonly timeNs: number;
}

/** Everything that an output plays from now on, and when each frame of it was mixed, by shared memory. */
export class MonitorEar implements AsyncDisposable {
  readonly #stream: RecordStream;
  readonly #collected: Promise<void>;
  readonly #chunks: Float32Array[] = [];
  readonly #moments: Moment[] = [];
  #frames = 0;

  static async open(weir: Weir, device: string): Promise<MonitorEar> {
    const options = { ...SPEC, name: 'ear', device: `${device}.monitor`, latencyMs: LATENCY_MS } as const;
    return new MonitorEar(await weir.record(options));
  }

  private constructor(stream: RecordStream) {
    this.#stream = stream;
    this.#collected = this.#collect();
  }

  /** Heard so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames that this process was too slow to hear: what is said of frames is then worth nothing. */
  get lostFrames(): number {
    return this.#stream.lostFrames;
  }

  /** Interleaved, from frame `from` on. */
  samples(from = 0): Float32Array {
    const all = new Float32Array(this.#frames * 2);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all.subarray(from * 2);
  }

  /** When frame `frame` was mixed: with all others of its quantum. CLOCK_MONOTONIC in ms. */
  mixedMs(frame: number): number | undefined {
    const moment = this.#moments.find((one) => one.frame > frame);
    if (!moment) return undefined;
    const quantaBefore = Math.floor((moment.frame - 1 - frame) / moment.quantumFrames);
    return moment.timeNs / 1e6 - (quantaBefore * moment.quantumFrames * 1000) / SPEC.rate;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream.close();
    await this.#collected;
  }

  async #collect(): Promise<void> {
    for await (const bytes of this.#stream) {
      const status = this.#stream.status();
      if (status) this.#moments.push({ ...status, frame: status.recordedFrames });
      this.#chunks.push(new Float32Array(bytes.slice().buffer));
      this.#frames += bytes.length / FRAME_BYTES;
    }
  }
}
