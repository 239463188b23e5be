import { CHANNELS, LISTEN_LIMITS, RATE } from '../limits.js';
import { decodeSamples, encodeSamples, type WireFormat } from '../samples.js';
import { opusFrames } from './opus-packet.js';
import { Reorder } from './reorder.js';

/** Interleaved samples of which the first frame has position `frame`. */
export type Deliver = (frame: number, samples: Float32Array<ArrayBuffer>) => void;

/** Packets of one life of a stream into sound. Whatever a packet is, nothing is thrown. */
export interface SoundDecoder {
  readonly codec: 'pcm' | 'opus';
  /** Packets left out because what follows them was decoded already. */
  readonly latePackets: number;
  /** Of a packet; 0 where it is none. */
  framesOf(data: Uint8Array): number;
  /** `waitMs`: how long it may wait for those before it. */
  decode(frame: number, data: Uint8Array, waitMs: number): void;
  close(): void;
}

/** Samples as they are: in any order, at once. */
export class PcmDecoder implements SoundDecoder {
  readonly codec = 'pcm';
  readonly latePackets = 0;
  readonly #format: WireFormat;
  readonly #frameBytes: number;
  readonly #deliver: Deliver;

  constructor(format: WireFormat, deliver: Deliver) {
    this.#format = format;
    this.#frameBytes = encodeSamples(new Float32Array(CHANNELS), format).length;
    this.#deliver = deliver;
  }

  framesOf(data: Uint8Array): number {
    return Math.floor(data.length / this.#frameBytes);
  }

  decode(frame: number, data: Uint8Array): void {
    const samples = decodeSamples(data, this.#format);
    const whole = samples.length - (samples.length % CHANNELS);
    if (whole > 0) this.#deliver(frame, samples.subarray(0, whole));
  }

  close(): void {
    // Nothing is held.
  }
}

interface OpusPacket {
  readonly frame: number;
  readonly frames: number;
  readonly data: Uint8Array;
}

/** Where the browser decodes Opus. */
export async function canDecodeOpus(): Promise<boolean> {
  if (typeof AudioDecoder === 'undefined') return false;
  return (await AudioDecoder.isConfigSupported(CONFIG).catch(() => undefined))?.supported === true;
}

const CONFIG = { codec: 'opus', sampleRate: RATE, numberOfChannels: CHANNELS } as const;

/**
 * Opus packets by WebCodecs. It goes by their order, and makes nothing up for lost ones: what is missing stays missing
 * until it is heard. `failed` is told once when the browser's decoder gives up.
 */
export class OpusDecoder implements SoundDecoder {
  readonly codec = 'opus';
  readonly #deliver: Deliver;
  readonly #decoder: AudioDecoder;
  readonly #reorder = new Reorder<OpusPacket>((packet) => this.#feed(packet));
  /** What was fed and has not come out: one output a packet, in order. Its time stamps do not follow gaps (Chromium 156). */
  readonly #fed: number[] = [];
  /** Of sound that is not what was encoded yet. */
  #prerollFrames: number = LISTEN_LIMITS.opusPrerollFrames;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deliver: Deliver, failed: () => void) {
    this.#deliver = deliver;
    this.#decoder = new AudioDecoder({ output: (data) => this.#out(data), error: failed });
    this.#decoder.configure(CONFIG);
  }

  get latePackets(): number {
    return this.#reorder.latePackets;
  }

  framesOf(data: Uint8Array): number {
    return opusFrames(data);
  }

  decode(frame: number, data: Uint8Array, waitMs: number): void {
    const frames = opusFrames(data);
    if (frames > 0) this.#reorder.push({ frame, frames, data }, performance.now(), waitMs);
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#decoder.state !== 'closed') this.#decoder.close();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const { dueMs } = this.#reorder;
    if (dueMs === undefined) return;
    this.#timer = setTimeout(() => {
      this.#reorder.release(performance.now());
      this.#wait();
    }, dueMs - performance.now());
  }

  #feed({ frame, data }: OpusPacket): void {
    if (this.#decoder.state !== 'configured') return;
    this.#fed.push(frame);
    this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: Math.round((frame / RATE) * 1e6), data }));
  }

  #out(data: AudioData): void {
    const frame = this.#fed.shift();
    const samples = new Float32Array(data.numberOfFrames * CHANNELS);
    data.copyTo(samples, { planeIndex: 0, format: 'f32' });
    data.close();
    this.#prerollFrames -= samples.length / CHANNELS;
    if (frame !== undefined && this.#prerollFrames < 0) this.#deliver(frame, samples);
  }
}
