import type { Address } from '../../native-shim/library.js';
import { copyFrames } from '../../native-shim/kernels.js';
import { wake } from '../../native-shim/sys.js';
import { emptyStatus, Hints, RecordWriter, StatusWriter } from '../mempool/ring.js';
import { type BlockWriter, STREAM_STATE } from './blocks.js';
import type { TapOrder } from './orders.js';

/** One listener on the engine thread: its overwriting ring, its wake-up. */
export class Tap {
  readonly slot: number;
  readonly #samples: Address;
  readonly #frameBytes: number;
  readonly #writer: RecordWriter;
  readonly #statusPage: StatusWriter;
  readonly #status = emptyStatus();
  readonly #hints: Hints;
  readonly #wakeFd: number;
  readonly #blocks: BlockWriter;

  constructor(order: TapOrder, blocks: BlockWriter, quantumFrames: number) {
    this.slot = order.slot;
    this.#samples = order.memory.samples;
    this.#frameBytes = order.memory.frameBytes;
    this.#writer = new RecordWriter(order.memory, order.frames);
    this.#statusPage = new StatusWriter(order.memory);
    this.#hints = new Hints(order.memory, 'record');
    this.#wakeFd = order.wakeFd;
    this.#blocks = blocks;
    this.#status.state = STREAM_STATE.playing;
    this.#tell(quantumFrames, 0, 0);
  }

  write(frames: Address, count: number, nowNs: number, delayFrames: number): void {
    const writer = this.#writer;
    for (let done = 0; done < count;) {
      const span = writer.contiguous(count - done);
      copyFrames(this.#samples, writer.offset, frames, done, this.#frameBytes, span);
      writer.commit(span);
      done += span;
    }
    this.#tell(count, nowNs, delayFrames);
    const waiting = writer.fill();
    this.#blocks.stream(this.slot, STREAM_STATE.playing, writer.frames, waiting, waiting + delayFrames, 0, 0);
    if (!this.#hints.due(waiting)) return;
    if (this.#wakeFd >= 0) wake(this.#wakeFd);
    else this.#blocks.due(this.slot);
  }

  #tell(quantumFrames: number, nowNs: number, delayFrames: number): void {
    const status = this.#status;
    status.frame = this.#writer.frames;
    status.timeNs = nowNs;
    status.delayFrames = delayFrames;
    status.quantumFrames = quantumFrames;
    this.#statusPage.write(status);
  }
}
