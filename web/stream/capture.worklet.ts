import { CHANNELS } from './limits.js';

/** 10 ms at 48 kHz: four messages cost no more than one, a person does not hear the wait. */
const BLOCK_FRAMES = 480;

/** Collects what a microphone or a tab gives into interleaved blocks; each goes to the page as its own buffer. */
class Capture extends AudioWorkletProcessor {
  #block = new Float32Array(BLOCK_FRAMES * CHANNELS);
  #frames = 0;
  #stopped = false;

  constructor() {
    super();
    // Whatever the page says here means that it has heard enough.
    this.port.onmessage = () => (this.#stopped = true);
  }

  process([input = []]: Float32Array[][]): boolean {
    const frames = input[0]?.length ?? 0;
    for (let i = 0; i < frames; i++) {
      for (let c = 0; c < CHANNELS; c++) this.#block[this.#frames * CHANNELS + c] = input[c]?.[i] ?? input[0]?.[i] ?? 0;
      if (++this.#frames === BLOCK_FRAMES) this.#send();
    }
    return !this.#stopped;
  }

  #send(): void {
    this.port.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Float32Array(BLOCK_FRAMES * CHANNELS);
    this.#frames = 0;
  }
}

registerProcessor('weir-capture', Capture);
