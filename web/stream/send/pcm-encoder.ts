import { CHANNELS, PLAY_LIMITS } from '../limits.js';
import { encodeSamples, type WireFormat } from '../samples.js';
import type { PacketEncoder, SoundPacket } from './packet-encoder.js';

/** Samples as they are, in packets of at most `PLAY_LIMITS.packetFrames`. */
export class PcmEncoder implements PacketEncoder {
  readonly codec = 'pcm';
  readonly bytesPerSecond: number;
  readonly pendingFrames = 0;
  readonly lackingFrames = 0;
  readonly #format: WireFormat;
  readonly #rate: number;
  readonly #packet: (packet: SoundPacket) => void;

  constructor(format: WireFormat, rate: number, packet: (packet: SoundPacket) => void) {
    this.#format = format;
    this.#rate = rate;
    this.#packet = packet;
    this.bytesPerSecond = rate * encodeSamples(new Float32Array(CHANNELS), format).length;
  }

  prime(): void {
    // Samples know nothing of each other.
  }

  encode(samples: Float32Array, frame: number, captureUs: number): void {
    const frames = samples.length / CHANNELS;
    for (let from = 0; from < frames; from += PLAY_LIMITS.packetFrames) {
      const part = samples.subarray(from * CHANNELS, (from + PLAY_LIMITS.packetFrames) * CHANNELS);
      const sinceUs = captureUs && Math.round((from / this.#rate) * 1e6);
      this.#packet({ frame: frame + from, captureUs: captureUs + sinceUs, data: encodeSamples(part, this.#format) });
    }
  }

  async finish(): Promise<void> {
    // Each packet left at once.
  }

  retire(): void {
    // Each packet left at once.
  }

  close(): void {
    // Nothing is held.
  }
}
