import { LOST_NOTE, type CaptureOrder } from './capture-line.js';
import { CHANNELS } from './limits.js';
import { SharedRing, type RingMemory } from './shared-ring.js';

/** Brings what a microphone or a tab gives to the page's worker, each render quantum as it is there. */
class Capture extends AudioWorkletProcessor {
  readonly #ring: SharedRing | undefined;
  #port: MessagePort | undefined;
  /** Interleaved; empty until the source began. */
  #quantum = new Float32Array(0);
  #stopped = false;

  constructor({ processorOptions }: AudioWorkletNodeOptions) {
    super();
    const { memory } = processorOptions as { readonly memory: RingMemory | undefined };
    this.#ring = memory && new SharedRing(memory, CHANNELS);
    this.port.onmessage = ({ data }: MessageEvent<CaptureOrder>) => {
      if (data === 'stop') this.#stopped = true;
      else this.#port = data.port;
    };
  }

  process([input = []]: Float32Array[][]): boolean {
    // A source that has begun and gives nothing for now is silent, but its clock goes on.
    this.#interleave(input, input[0]?.length ?? this.#quantum.length / CHANNELS);
    if (this.#ring) this.#write(this.#ring);
    else this.#port?.postMessage(this.#quantum.slice());
    return !this.#stopped;
  }

  #interleave(input: Float32Array[], frames: number): void {
    if (this.#quantum.length !== frames * CHANNELS) this.#quantum = new Float32Array(frames * CHANNELS);
    for (let c = 0; c < CHANNELS; c++) {
      const channel = input[c] ?? input[0];
      for (let i = 0; i < frames; i++) this.#quantum[i * CHANNELS + c] = channel?.[i] ?? 0;
    }
  }

  #write(ring: SharedRing): void {
    const accepted = ring.write(this.#quantum);
    Atomics.add(ring.notes, LOST_NOTE, this.#quantum.length / CHANNELS - accepted);
    ring.wake();
  }
}

registerProcessor('weir-capture', Capture);
