import { JitterBuffer } from './jitter-buffer.js';
import { CHANNELS, RATE } from './limits.js';
import type { ListenMessage, ListenReport, WorkletOrder } from './listen-messages.js';

const REPORT_FRAMES = RATE / 10;

/** Plays what the worker brings through a jitter buffer, and says how it goes. */
class Listen extends AudioWorkletProcessor {
  readonly #buffer = new JitterBuffer(CHANNELS);
  #peak = 0;
  #squares = 0;
  #frames = 0;
  #stopped = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<WorkletOrder>) => {
      if (data === 'stop') this.#stopped = true;
      else data.port.onmessage = ({ data: message }: MessageEvent<ListenMessage>) => this.#hear(message);
    };
  }

  process(_inputs: Float32Array[][], [output = []]: Float32Array[][]): boolean {
    this.#buffer.read(output);
    for (const channel of output) {
      for (const sample of channel) {
        this.#peak = Math.max(this.#peak, Math.abs(sample));
        this.#squares += (sample * sample) / output.length;
      }
    }
    this.#frames += output[0]?.length ?? 0;
    if (this.#frames >= REPORT_FRAMES) this.#report();
    return !this.#stopped;
  }

  #hear(message: ListenMessage): void {
    if (message === 'reset') this.#buffer.reset();
    else this.#buffer.write(message.frame, message.samples);
  }

  #report(): void {
    const { counts, fillFrames, targetFrames, playing } = this.#buffer;
    const rms = Math.sqrt(this.#squares / this.#frames);
    this.port.postMessage({
      ...counts,
      peak: this.#peak,
      rms,
      fillFrames,
      targetFrames,
      playing,
    } satisfies ListenReport);
    this.#peak = 0;
    this.#squares = 0;
    this.#frames = 0;
  }
}

registerProcessor('weir-listen', Listen);
