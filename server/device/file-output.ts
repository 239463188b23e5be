import { getSystemErrorName } from 'node:util';
import { type Address, viewOf } from '../../native-shim/library.js';
import { WeirError } from '../observe/errors.js';
import { ByteQueue } from './byte-queue.js';
import { FileWriterState } from './file-writer-state.js';
import { FILE_OPEN_LIMIT_MS, QUANTUM_MAX } from './limits.js';
import type { OutputDriver, Readiness, SampleFormat } from './output-driver.js';
import { Pacer } from './pacer.js';
import type { FilePlan } from './prepare-output.js';
import { frameBytesOf } from './wav-header.js';

/** Plays into a WAV at the pace of the clock. The engine thread only queues; the file's writer thread does what may block. */
export class FileOutput implements OutputDriver {
  readonly format: SampleFormat;
  readonly rate: number;
  readonly channels: number;
  readonly bufferFrames = 2 * QUANTUM_MAX;
  droppedFrames = 0;
  readonly #frameBytes: number;
  readonly #pacer: Pacer;
  readonly #queue: ByteQueue;
  readonly #writer: FileWriterState;
  #fullQueues = 0;
  #address: Address = 0n;
  #frames = new Uint8Array(0);

  static open(plan: FilePlan): FileOutput | WeirError {
    const writer = new FileWriterState(plan.state);
    if (writer.awaitPlaying(FILE_OPEN_LIMIT_MS)) return new FileOutput(plan, writer);
    if (!writer.failed)
      return new WeirError('DEVICE_FAILED', `${plan.path} is not open after ${FILE_OPEN_LIMIT_MS} ms`);
    const why = writer.errno === 0 ? 'it is no regular file' : getSystemErrorName(-writer.errno);
    return new WeirError('DEVICE_FAILED', `${plan.path} cannot be written: ${why}`);
  }

  private constructor({ shape, queue }: FilePlan, writer: FileWriterState) {
    ({ format: this.format, rate: this.rate, channels: this.channels } = shape);
    this.#frameBytes = frameBytesOf(shape);
    this.#pacer = new Pacer(shape.rate);
    this.#queue = new ByteQueue(queue);
    this.#writer = writer;
  }

  get xruns(): number {
    return this.#pacer.xruns + this.#fullQueues;
  }

  setQuantum(quantumFrames: number): void {
    this.#pacer.setQuantum(quantumFrames);
  }

  wait(): Readiness {
    return this.#writer.failed ? 'lost' : this.#pacer.wait();
  }

  write(frames: Address, frameCount: number): boolean {
    const bytes = frameCount * this.#frameBytes;
    // The mixer hands over the same memory every time: one view serves until the quantum changes.
    if (frames !== this.#address || bytes !== this.#frames.length) {
      this.#frames = new Uint8Array(viewOf(frames, bytes));
      this.#address = frames;
    }
    if (!this.#queue.put(this.#frames)) {
      this.#fullQueues++;
      this.droppedFrames += frameCount;
    }
    this.#pacer.advance(frameCount);
    return true;
  }

  delayFrames(): number {
    return this.#pacer.aheadFrames();
  }

  close(): void {}
}
