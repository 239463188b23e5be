import { eventually } from '../eventually.js';
import type { Server } from '../server.js';
import { type Running, startPulse } from './program.js';

export interface EarShape {
  /** As parec calls it. */
  readonly format?: string;
  readonly frameBytes?: number;
  readonly rate?: number;
  /** Two, in PulseAudio's names: as the output has them. */
  readonly channels?: number;
}

/** So much silence follows what is over. */
const QUIET_FRAMES = 4800;

const MAPS: Readonly<Record<number, string>> = {
  6: 'front-left,front-right,front-center,lfe,rear-left,rear-right',
};

/** What a source sounds like: `parec` at work on it. */
export class Ear implements AsyncDisposable {
  readonly #recorder: Running;
  readonly #frameBytes: number;
  readonly #rate: number;

  /** It hears when this resolves. */
  static async open(
    server: Server,
    source: string,
    { format = 's16le', frameBytes = 4, rate = 48_000, channels = 2 }: EarShape = {},
  ): Promise<Ear> {
    const shape = [
      `--format=${format}`,
      `--rate=${rate}`,
      `--channels=${channels}`,
      `--channel-map=${MAPS[channels] ?? 'stereo'}`,
      '--raw',
      '--latency-msec=20',
    ];
    const ear = new Ear(startPulse(server, 'parec', [`--device=${source}`, ...shape]), frameBytes, rate);
    await eventually(`parec hears ${source}`, () => ear.sound.length > 0 || undefined);
    return ear;
  }

  private constructor(recorder: Running, frameBytes: number, rate: number) {
    this.#recorder = recorder;
    this.#frameBytes = frameBytes;
    this.#rate = rate;
  }

  /** All so far. */
  get sound(): Buffer {
    return this.#recorder.output();
  }

  /** What is heard from now on, so many seconds of it. */
  async next(seconds: number): Promise<Buffer> {
    const from = this.sound.length;
    const bytes = Math.round(seconds * this.#rate) * this.#frameBytes;
    await eventually(`${seconds} s of sound`, () => this.sound.length >= from + bytes || undefined);
    const at = Math.ceil(from / this.#frameBytes) * this.#frameBytes;
    return this.sound.subarray(at, at + bytes);
  }

  /** What was heard between the silences around it, whole frames, once silence has come. */
  async afterwards(): Promise<Buffer> {
    return eventually('silence follows the sound', () => {
      const { sound } = this;
      const from = sound.findIndex((byte) => byte !== 0);
      const to = sound.findLastIndex((byte) => byte !== 0) + 1;
      if (from < 0 || sound.length - to < QUIET_FRAMES * this.#frameBytes) return undefined;
      const whole = (bytes: number) => Math.floor(bytes / this.#frameBytes) * this.#frameBytes;
      return sound.subarray(whole(from), whole(to + this.#frameBytes - 1));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recorder[Symbol.asyncDispose]();
  }
}
