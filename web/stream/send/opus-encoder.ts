import { CHANNELS, RATE } from '../limits.js';
import type { PacketEncoder, SoundPacket } from './packet-encoder.js';

export interface OpusSettings {
  /** 2500, 5000, 10000 or 20000. */
  readonly frameUs: number;
  /** Bits a second. */
  readonly bitrate: number;
  /** No look-ahead for speech. */
  readonly lowDelay: boolean;
}

/** Where a run of frames that followed on each other began: as they went in, in the stream, and in time. */
interface Run {
  readonly fedFrame: number;
  readonly frame: number;
  readonly captureUs: number;
}

/** Of the encoder, at most (RFC 7845, section 4.2: 312 in libopus's usual mode): so much silence brings out the end of a file. */
const LOOK_AHEAD_FRAMES = 312;

// The rest of the Opus registration for WebCodecs, which TypeScript's DOM library has in part only.
const configOf = ({ frameUs, bitrate, lowDelay }: OpusSettings): AudioEncoderConfig => ({
  codec: 'opus',
  sampleRate: RATE,
  numberOfChannels: CHANNELS,
  bitrate,
  // A network is not surprised, and the bandwidth is what was promised. In-band FEC is left off: at these rates libopus would
  // leave CELT for speech coding to carry it.
  bitrateMode: 'constant',
  opus: { format: 'opus', frameDuration: frameUs, ...(lowDelay && { application: 'lowdelay' }) },
});

/** Whether this browser encodes Opus so. */
export async function canEncodeOpus(settings: OpusSettings): Promise<boolean> {
  if (typeof AudioEncoder === 'undefined') return false;
  const { supported, config } = await AudioEncoder.isConfigSupported(configOf(settings)).catch(() => ({
    supported: false,
    config: undefined,
  }));
  // A browser that does not know a setting leaves it out of its answer: packets of another length would be misread.
  return supported === true && config?.opus?.frameDuration === settings.frameUs;
}

/** Opus packets by WebCodecs. `failed` is told once when the browser's encoder gives up. */
export class OpusEncoder implements PacketEncoder {
  readonly codec = 'opus';
  readonly bytesPerSecond: number;
  readonly #encoder: AudioEncoder;
  readonly #packetFrames: number;
  readonly #packet: (packet: SoundPacket) => void;
  readonly #runs: Run[] = [];
  #fedFrames = 0;
  #packets = 0;

  constructor(settings: OpusSettings, packet: (packet: SoundPacket) => void, failed: () => void) {
    this.bytesPerSecond = settings.bitrate / 8;
    this.#packetFrames = (settings.frameUs * RATE) / 1e6;
    this.#packet = packet;
    this.#encoder = new AudioEncoder({ output: (chunk) => this.#out(chunk), error: failed });
    this.#encoder.configure(configOf(settings));
  }

  get pendingFrames(): number {
    return this.#fedFrames - this.#packets * this.#packetFrames;
  }

  get lackingFrames(): number {
    const begun = this.#fedFrames % this.#packetFrames;
    return begun > 0 ? this.#packetFrames - begun : 0;
  }

  /** Whole packets of it. */
  prime(samples: Float32Array): void {
    this.#feed(samples);
  }

  encode(samples: Float32Array, frame: number, captureUs: number): void {
    this.#runs.push({ fedFrame: this.#fedFrames, frame, captureUs });
    this.#feed(samples);
  }

  async finish(): Promise<void> {
    const last = this.#fedFrames + LOOK_AHEAD_FRAMES;
    const whole = Math.ceil(last / this.#packetFrames) * this.#packetFrames;
    this.#feed(new Float32Array((whole - this.#fedFrames) * CHANNELS));
    await this.#encoder.flush().catch(() => undefined);
  }

  retire(): void {
    void this.#encoder
      .flush()
      .catch(() => undefined)
      .then(() => this.close());
  }

  close(): void {
    if (this.#encoder.state !== 'closed') this.#encoder.close();
  }

  /** An encoder that gave up has told so. */
  #feed(samples: Float32Array): void {
    if (this.#encoder.state !== 'configured') return;
    const data = new AudioData({
      format: 'f32',
      sampleRate: RATE,
      numberOfFrames: samples.length / CHANNELS,
      numberOfChannels: CHANNELS,
      timestamp: Math.round((this.#fedFrames / RATE) * 1e6),
      data: new Float32Array(samples),
    });
    this.#encoder.encode(data);
    data.close();
    this.#fedFrames += samples.length / CHANNELS;
  }

  /** The encoder counts what it was fed and knows no gaps: the runs say where a packet belongs. */
  #out(chunk: EncodedAudioChunk): void {
    const fedFrame = this.#packets++ * this.#packetFrames;
    while ((this.#runs[1]?.fedFrame ?? Infinity) <= fedFrame) this.#runs.shift();
    const [run] = this.#runs;
    if (!run || fedFrame < run.fedFrame) return;
    const since = fedFrame - run.fedFrame;
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    const captureUs = run.captureUs && run.captureUs + Math.round((since / RATE) * 1e6);
    this.#packet({ frame: run.frame + since, captureUs, data });
  }
}
