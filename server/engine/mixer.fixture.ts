import { viewOf } from '../../native-shim/library.js';
import { type FrameSpec, SAMPLE_BYTES } from '../device/output-driver.js';
import { KeptMemory } from '../mempool/kept-memory.js';
import { Pool } from '../mempool/pool.js';
import { Quota } from '../mempool/quota.js';
import type { RingMemory } from '../mempool/ring-memory.js';
import { PlaybackWriter, RecordReader } from '../mempool/ring.js';
import { BLOCKS_BYTES, BlockReader, BlockWriter, type StreamReading } from './blocks.js';
import { LOOK_AHEAD_FRAMES } from './limits.js';
import { Mixer } from './mixer.js';
import type { PlayOrder, TapOrder } from './orders.js';
import { makeLiveResampler, makeResampler } from './resamplers.js';
import { Scratch } from './scratch.js';

export interface Playing {
  readonly slot: number;
  readonly writer: PlaybackWriter;
  readonly memory: RingMemory;
  reading(): StreamReading;
}

export interface Listening {
  readonly slot: number;
  readonly reader: RecordReader;
  reading(): StreamReading;
}

/** A mixer without its thread: quanta are rendered when the test says so, on real rings and kernels. */
export class MixerBench {
  readonly mixer: Mixer;
  readonly blocks: BlockReader;
  /** Frames that the device holds before what is mixed now. */
  deviceDelayFrames = 0;
  /** When the next quantum is mixed; the device's clock is right. */
  nowNs = 1e9;
  readonly #device: FrameSpec;
  readonly #pool = new Pool(new Quota(2 ** 30), { uid: 0, kept: new KeptMemory() });
  readonly #time = {
    nowNs: 0,
    steadyNs: 0,
    standstillNs: 0,
    nsPerFrame: 0,
    delayFrames: 0,
    mixedFrames: 0,
    playedFrames: 0,
    quantumFrames: 0,
  };
  #slots = 0;

  constructor(device: FrameSpec, quantumFrames = 128) {
    this.#device = device;
    const shared = new SharedArrayBuffer(BLOCKS_BYTES);
    this.blocks = new BlockReader(shared);
    this.mixer = new Mixer(device, new Scratch(), new BlockWriter(shared));
    this.mixer.take({ kind: 'quantum', frames: quantumFrames });
  }

  play(spec: FrameSpec, wish: Partial<PlayOrder> = {}, capacityFrames = 65_536): Playing {
    const slot = this.#slots++;
    const memory = wish.memory ?? this.#ring(spec, capacityFrames);
    const make = wish.live ? makeLiveResampler : makeResampler;
    const resampler = make(spec.channels, spec.rate, this.#device.rate);
    const attach = { slot, memory, spec, resampler, wakeFd: -1, client: 1, frames: 0 };
    const usual = {
      gain: 1,
      paused: false,
      startFrames: 1,
      fillFrames: 256,
      fadeIn: false,
      live: false,
      stream: slot + 1,
    };
    this.blocks.clear(slot, wish.frames ?? 0);
    this.mixer.take({ kind: 'play', ...attach, ...usual, ...wish });
    const writer = new PlaybackWriter(memory, wish.frames);
    return { slot, writer, memory, reading: () => this.blocks.stream(slot) };
  }

  listen(spec: FrameSpec, wish: Partial<TapOrder> = {}): Listening {
    const slot = this.#slots++;
    const memory = this.#ring(spec, 2 ** 18);
    const resampler = makeResampler(spec.channels, this.#device.rate, spec.rate);
    this.blocks.clear(slot, 0);
    this.mixer.take({
      kind: 'tap', slot, memory, spec, resampler, wakeFd: -1, client: 1, frames: 0, mixMinus: false, solo: 0, ...wish,
    }); // prettier-ignore
    return { slot, reader: new RecordReader(memory, 128), reading: () => this.blocks.stream(slot) };
  }

  /** The device runs dry for so long before the next quantum. */
  standStill(ms: number): void {
    this.#time.standstillNs = ms * 1e6;
    this.nowNs += ms * 1e6;
  }

  /** What the device gets in so many quanta. */
  render(quanta: number): Buffer {
    const frameBytes = SAMPLE_BYTES[this.#device.format] * this.#device.channels;
    const out: Buffer[] = [];
    for (let i = 0; i < quanta; i++) {
      const frames = this.mixer.quantumFrames;
      const time = this.#time;
      time.quantumFrames = frames;
      time.nowNs = time.steadyNs = this.nowNs;
      time.nsPerFrame = 1e9 / this.#device.rate;
      time.playedFrames = time.mixedFrames - this.deviceDelayFrames;
      time.delayFrames = this.deviceDelayFrames + LOOK_AHEAD_FRAMES;
      const address = this.mixer.render(time);
      time.standstillNs = 0;
      time.mixedFrames += frames;
      this.nowNs += frames * time.nsPerFrame;
      this.mixer.dropReleased();
      out.push(Buffer.from(new Uint8Array(viewOf(address, frames * frameBytes))));
    }
    return Buffer.concat(out);
  }

  #ring({ format, channels }: FrameSpec, capacityFrames: number): RingMemory {
    const shape = { capacityFrames, frameBytes: SAMPLE_BYTES[format] * channels, direction: 'playback' } as const;
    const ring = this.#pool.openPrivateRing(shape);
    if (ring instanceof Error) throw ring;
    return ring.memory;
  }
}

/** Frames as floats, whatever the format. */
export function toFloats(bytes: Buffer, format: FrameSpec['format']): number[] {
  const size = SAMPLE_BYTES[format];
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const at = i * size;
    switch (format) {
      case 's16':
        return bytes.readInt16LE(at) / 2 ** 15;
      case 's24':
        return bytes.readIntLE(at, 3) / 2 ** 23;
      case 's32':
        return bytes.readInt32LE(at) / 2 ** 31;
      case 'f32':
        return bytes.readFloatLE(at);
    }
  });
}

/** Float frames of a sine on every channel. */
export function sine(frames: number, channels: number, hz: number, rate: number, level = 0.5): Buffer {
  const floats = new Float32Array(frames * channels);
  for (let i = 0; i < floats.length; i++) {
    floats[i] = level * Math.sin((2 * Math.PI * hz * Math.floor(i / channels)) / rate);
  }
  return Buffer.from(floats.buffer);
}

/** Steady full-scale-ish level on every channel. */
export function steady(frames: number, channels: number, level: number): Buffer {
  return Buffer.from(new Float32Array(frames * channels).fill(level).buffer);
}

/** The largest difference of neighbours on one channel. */
export function largestStep(samples: readonly number[], channels: number, from = 0): number {
  let largest = 0;
  for (let i = Math.max(from, 1) * channels; i < samples.length; i++) {
    largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - channels] ?? 0)));
  }
  return largest;
}
