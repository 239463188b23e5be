import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { FrameSpec } from './output-driver.js';
import { frameBytesOf, wavHeader } from './wav-header.js';

/**
 * A WAV that grows. Frames go behind the header, which `settle` then makes right: at every moment the file is a valid
 * WAV of what was settled last, whoever ends the process. Every call may throw what node:fs throws.
 */
export class WavFile {
  readonly #fd: number;
  readonly #shape: FrameSpec;
  readonly #headerBytes: number;
  #dataBytes = 0;

  /** Starts the file at `path` anew. */
  constructor(path: string, shape: FrameSpec) {
    // O_NONBLOCK: a FIFO without a reader is an error at once, not a thread that hangs.
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK, 0o600);
    this.#shape = shape;
    this.#headerBytes = wavHeader(shape, 0).length;
    try {
      if (!fstatSync(this.#fd).isFile()) throw new Error(`${path} is no regular file`);
      ftruncateSync(this.#fd, 0);
      this.settle();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Takes interleaved frames. */
  append(frames: Uint8Array): void {
    for (let done = 0; done < frames.length;) done += this.appendSome(frames.subarray(done));
  }

  /** Takes some bytes of interleaved frames and says how many: a disk that fills takes a part and fails at the next. */
  appendSome(bytes: Uint8Array): number {
    const taken = writeSync(this.#fd, bytes, 0, bytes.length, this.#headerBytes + this.#dataBytes);
    this.#dataBytes += taken;
    return taken;
  }

  /** Makes the header say what the file holds, in whole frames. */
  settle(): void {
    const dataBytes = this.#dataBytes - (this.#dataBytes % frameBytesOf(this.#shape));
    if (dataBytes % 2 === 1) writeSync(this.#fd, PAD, 0, 1, this.#headerBytes + dataBytes);
    writeSync(this.#fd, wavHeader(this.#shape, dataBytes), 0, this.#headerBytes, 0);
  }

  close(): void {
    try {
      this.settle();
    } finally {
      closeSync(this.#fd);
    }
  }
}

const PAD = new Uint8Array(1);
