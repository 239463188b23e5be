import { HASTE } from '../../server/stream/jitter/haste.js';
import { CHANNELS, LISTEN_LIMITS } from './limits.js';
import type { FromWorklet, ListenOptions, ListenReport, ToWorklet, WorkletOrder } from './listen/listen-messages.js';
import { PacketQueue, type PacketHead } from './listen/packet-queue.js';
import { Playout } from './listen/playout.js';

const REPORT_FRAMES = (sampleRate * LISTEN_LIMITS.reportMs) / 1000;

/** Plays what the worker brings, and says how it goes. */
class Listen extends AudioWorkletProcessor {
  readonly #playout: Playout;
  #queue: PacketQueue | undefined;
  #port: MessagePort | undefined;
  /** The context's frame from which the worker counts. */
  #baseFrame = 0;
  #life: number | undefined;
  #peak = 0;
  #squares = 0;
  #frames = 0;
  #stopped = false;

  constructor({ processorOptions }: AudioWorkletNodeOptions) {
    super();
    const { purpose } = processorOptions as ListenOptions;
    this.#playout = new Playout(CHANNELS, sampleRate, HASTE[purpose]);
    this.port.onmessage = ({ data }: MessageEvent<WorkletOrder>) => {
      if (data === 'stop') this.#stopped = true;
      else this.#begin(data);
    };
  }

  process(_inputs: Float32Array[][], [output = []]: Float32Array[][]): boolean {
    const frame = currentFrame - this.#baseFrame;
    this.#ask(frame);
    this.#queue?.read(this.#take);
    this.#playout.read(output, frame);
    this.#meter(output);
    if (this.#frames >= REPORT_FRAMES) this.#report(frame + this.#quantum(output), this.#quantum(output));
    return !this.#stopped;
  }

  #begin({ port, memory }: Exclude<WorkletOrder, 'stop'>): void {
    this.#baseFrame = currentFrame;
    this.#life = undefined;
    this.#queue = memory && new PacketQueue(memory);
    this.#port = memory ? undefined : port;
    if (!memory) port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#take(data.head, data.samples);
  }

  #ask(frame: FromWorklet): void {
    this.#queue?.asked(frame);
    this.#port?.postMessage(frame);
  }

  readonly #take = (head: PacketHead, samples: Float32Array): void => {
    if (head.life !== this.#life) this.#playout.reset();
    this.#life = head.life;
    this.#playout.write(head.frame, samples, head);
  };

  #quantum(output: readonly Float32Array[]): number {
    return output[0]?.length ?? 0;
  }

  #meter(output: readonly Float32Array[]): void {
    for (const channel of output) {
      for (const sample of channel) {
        this.#peak = Math.max(this.#peak, Math.abs(sample));
        this.#squares += (sample * sample) / output.length;
      }
    }
    this.#frames += this.#quantum(output);
  }

  #report(frame: number, quantumFrames: number): void {
    const { counts, playing, driftPpm } = this.#playout;
    this.port.postMessage({
      ...counts,
      playing,
      driftPpm,
      delayFrames: this.#playout.delayFrames(frame) ?? 0,
      targetFrames: this.#playout.targetFrames(quantumFrames),
      peak: this.#peak,
      rms: Math.sqrt(this.#squares / this.#frames),
    } satisfies ListenReport);
    this.#peak = 0;
    this.#squares = 0;
    this.#frames = 0;
  }
}

registerProcessor('weir-listen', Listen);
