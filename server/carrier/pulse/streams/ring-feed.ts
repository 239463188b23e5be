import { emptyStatus, PlaybackWriter, StatusReader, type StreamStatus, WakeRequest } from '../../../mempool/ring.js';
import type { RingMemory } from '../../../mempool/ring-memory.js';
import type { Block } from '../buffer/block.js';
import type { PlaybackBuffer, WriteOutcome } from '../buffer/playback-buffer.js';
import { FrameConverter } from '../formats/frame-converter.js';
import type { Placing } from '../formats/placing.js';
import type { SeekMode } from '../wire/numbers.js';
import { frameBytesOf, type SampleSpec } from '../wire/values/sample-spec.js';
import { RING_AHEAD_US } from './limits.js';

/**
 * A queue's way to its ring, and what the engine took of that. A block that follows what is in the ring is copied straight there: 64
 * queues are more memory than a processor keeps at hand.
 */
export class RingFeed {
  readonly #buffer: PlaybackBuffer;
  readonly #frameBytes: number;
  readonly #rate: number;
  readonly #capacityFrames: number;
  readonly #converter: FrameConverter;
  readonly #writer: PlaybackWriter;
  readonly #wake: WakeRequest;
  readonly #page: StatusReader;
  readonly #status = emptyStatus();
  /** Bound once: a block's way to the ring makes no closure. */
  readonly #toRing = (bytes: Uint8Array): number => this.#converter.toRing(bytes, this.#write);
  readonly #straight = (block: Block, bytes: number): number => {
    const frames = Math.min(bytes / this.#frameBytes, this.#roomFrames());
    return frames > 0 ? this.#writer.writeFrom(block, frames) * this.#frameBytes : 0;
  };
  readonly #write = (frames: Uint8Array): number => this.#writer.write(frames);
  #frames = 0;
  #starvedFrames = 0;
  /** What the ring is filled to, and when it is filled again: two quanta stay, so that this thread may be late by one. A machine that stood still has the engine mix three in a row (device/pacer.ts). */
  #ringFrames = 0;
  #refillFrames = 0;

  /** It fills nothing before `size`. */
  constructor(memory: RingMemory, spec: SampleSpec, placing: Placing, buffer: PlaybackBuffer) {
    this.#buffer = buffer;
    this.#frameBytes = frameBytesOf(spec);
    this.#rate = spec.rate;
    this.#capacityFrames = memory.capacityFrames;
    this.#converter = new FrameConverter(spec, placing);
    this.#writer = new PlaybackWriter(memory);
    this.#wake = new WakeRequest(memory);
    this.#page = new StatusReader(memory);
  }

  /** In the ring, not yet taken. */
  get fillFrames(): number {
    return this.#writer.fill();
  }

  /** All that ever went to the ring. */
  get writtenFrames(): number {
    return this.#writer.frames;
  }

  /** What the engine said last, as of `catchUp`. */
  get status(): Readonly<StreamStatus> {
    return this.#status;
  }

  /**
   * How much is kept in the ring where the engine takes `quantumFrames` at once, and no less than `ownFrames`: what another stream wishes
   * of the output makes quanta short, and this one no more delicate than it asked to be.
   */
  size(quantumFrames: number, ownFrames: number): void {
    const aheadFrames = Math.max(quantumFrames, Math.ceil((RING_AHEAD_US * this.#rate) / 1e6));
    const wantedFrames = Math.max(2 * quantumFrames + aheadFrames, ownFrames);
    this.#ringFrames = Math.min(wantedFrames, this.#capacityFrames);
    this.#refillFrames = this.#ringFrames - (aheadFrames >> 1);
    this.#buffer.restartBytes = 2 * quantumFrames * this.#frameBytes;
  }

  /** A block from the client: to the ring where it may go there at once, else to the queue. */
  write(block: Block, offset: number, seek: SeekMode): WriteOutcome {
    // Where the ring holds something it has not run dry since the last look: what that did to the buffer is known.
    const straight = this.#converter.untouched && this.#writer.fill() > 0 ? this.#straight : undefined;
    return this.#buffer.write(block, offset, seek, straight);
  }

  /** What the engine took, and the silence that it played, since the last look. */
  catchUp(): void {
    const status = this.#status;
    if (!this.#page.readNew(status)) return;
    const consumed = status.frame - this.#frames;
    // Another engine thread counts anew.
    const starved = status.starvedFrames - (status.starvedFrames < this.#starvedFrames ? 0 : this.#starvedFrames);
    this.#frames = status.frame;
    this.#starvedFrames = status.starvedFrames;
    this.#buffer.advance(consumed * this.#frameBytes, starved * this.#frameBytes);
  }

  /** Hands over what is ready, as far as there is room. */
  fill(): void {
    const frames = this.#roomFrames();
    if (frames > 0) this.#buffer.handOver(frames * this.#frameBytes, this.#toRing);
  }

  /** To be woken when the ring has come down so far that it wants more, or the client is to be asked for more. */
  askToWake(): void {
    const buffer = this.#buffer;
    if (buffer.corked) return;
    const fill = this.#writer.fill();
    const refillAt = buffer.readyBytes > 0 ? this.#refillFrames : -1;
    const creditAt = fill - Math.ceil(buffer.requestBytes / this.#frameBytes);
    const runsOn = buffer.attr.prebuf === 0 && fill === 0 ? 0 : -1;
    const at = Math.max(refillAt, creditAt, runsOn);
    if (at >= 0) this.#wake.ask(at);
  }

  #roomFrames(): number {
    return this.#ringFrames - this.#writer.fill();
  }
}
