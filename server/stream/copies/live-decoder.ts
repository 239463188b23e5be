import type { FrameSpec } from '../../device/output-driver.js';
import { OPUS_RATE, OPUS_STEP_FRAMES, type OpusDecoder } from '../codec/libopus.js';
import { packetFramesMax } from '../codec/packet-frames.js';
import { floatsOf, pcmOf } from '../codec/pcm-floats.js';
import { frameBytesOf } from '../frame-bytes.js';
import { Concealment } from '../jitter/concealment.js';

/** Packets of a live stream made to frames of its ring. What it returns is good until the next call. */
export interface LiveDecoder {
  /** Its frames; undefined where they are not to be had. */
  decode(packet: Uint8Array): Uint8Array | undefined;
  /** Frames for what is missing; `next`: the packet right after them, where it is here. */
  conceal(frames: number, next?: Uint8Array): Uint8Array;
  /** What comes next is from elsewhere in the stream. */
  jump(): void;
  free(): void;
}

/** PCM passes as it is; only next to a gap it is touched. */
export class PcmDecoder implements LiveDecoder {
  readonly #spec: FrameSpec;
  readonly #frameBytes: number;
  readonly #concealment: Concealment;
  readonly #planes: readonly Float32Array[];
  readonly #framesMax: number;

  constructor(spec: FrameSpec) {
    this.#spec = spec;
    this.#frameBytes = frameBytesOf(spec);
    this.#framesMax = packetFramesMax(spec);
    this.#concealment = new Concealment(spec.channels, spec.rate);
    this.#planes = Array.from({ length: spec.channels }, () => new Float32Array(this.#framesMax));
  }

  decode(packet: Uint8Array): Uint8Array {
    const { format } = this.#spec;
    const { joining } = this.#concealment;
    floatsOf(packet, format, this.#planes);
    this.#concealment.pass(this.#planes, 0, packet.length / this.#frameBytes);
    if (joining) pcmOf(this.#planes, format, packet);
    return packet;
  }

  conceal(frames: number): Uint8Array {
    const most = Math.min(frames, this.#framesMax);
    const pcm = new Uint8Array(most * this.#frameBytes);
    this.#concealment.fill(this.#planes, 0, most);
    pcmOf(this.#planes, this.#spec.format, pcm);
    return pcm;
  }

  jump(): void {
    this.#concealment.jump();
  }

  free(): void {}
}

/** libopus goes on quietly for as long as it is asked: beyond this what it makes up fades … */
const HELD_FRAMES = OPUS_RATE * 0.06;
/** … within this. */
const FADE_FRAMES = OPUS_RATE * 0.04;
/** What comes then fades in within this. */
const RETURN_FRAMES = OPUS_RATE * 0.005;

/** Opus to floats at 48 kHz: what is lost comes from the copy in the next packet (FEC) or from libopus's own concealment. */
export class OpusLiveDecoder implements LiveDecoder {
  readonly #decoder: OpusDecoder;
  readonly #channels: number;
  /** Made up since the last packet. */
  #concealedFrames = 0;
  #gain = 1;

  constructor(decoder: OpusDecoder, channels: number) {
    this.#decoder = decoder;
    this.#channels = channels;
  }

  decode(packet: Uint8Array): Uint8Array | undefined {
    const pcm = this.#decoder.decode(packet);
    if (!pcm) return undefined;
    this.#concealedFrames = 0;
    for (let i = 0; this.#gain < 1 && i < pcm.length; i++) {
      pcm[i] = (pcm[i] ?? 0) * this.#gain;
      if ((i + 1) % this.#channels === 0) this.#gain = Math.min(1, this.#gain + 1 / RETURN_FRAMES);
    }
    return bytesOf(pcm);
  }

  conceal(frames: number, next?: Uint8Array): Uint8Array {
    const whole = Math.ceil(frames / OPUS_STEP_FRAMES) * OPUS_STEP_FRAMES;
    const made = next ? this.#decoder.recover(next, whole) : this.#decoder.conceal(whole);
    const pcm = made?.subarray(0, frames * this.#channels) ?? new Float32Array(frames * this.#channels);
    for (let i = 0; i < pcm.length; i += this.#channels) {
      const faded = (++this.#concealedFrames - HELD_FRAMES) / FADE_FRAMES;
      this.#gain = Math.min(this.#gain, Math.max(0, 1 - Math.max(0, faded)));
      for (let c = i; c < i + this.#channels; c++) pcm[c] = (pcm[c] ?? 0) * this.#gain;
    }
    return bytesOf(pcm);
  }

  jump(): void {
    this.#gain = 0;
  }

  free(): void {
    this.#decoder[Symbol.dispose]();
  }
}

function bytesOf(pcm: Float32Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}
