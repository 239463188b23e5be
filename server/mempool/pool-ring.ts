import { type Address, viewOf } from '../../native-shim/library.js';
import { PAGE_BYTES } from '../../native-shim/ring-layout.js';
import { close, unmap } from '../../native-shim/sys.js';
import type { KeptMemory } from './kept-memory.js';
import type { Charge, Quota } from './quota.js';
import { type Direction, ringInSegments, type RingMemory, type RingShape, writeHeaders } from './ring-memory.js';
import type { Segment } from './segment.js';

/** One stream's memory. An engine thread is lent its addresses; `free` comes after it has given them back. */
export interface Ring {
  readonly memory: RingMemory;
  /** Sizes of the two segments; 0 for a private ring. */
  readonly controlBytes: number;
  readonly dataBytes: number;
  /** The server's end of the wake-up socket; -1 for a private ring. */
  readonly wakeFd: number;
  /** What a private ring takes of its client's quota; a shared one stays with its client. */
  readonly charge?: Charge;
  /** Control, data, the client's end of the wake-up socket: the caller's to send and to close from here on. None for a private ring. */
  takeFds(): number[];
  /** Unmaps it. Nothing may touch `memory` any more. */
  free(): void;
}

/** Who a pool's segments are handed to. */
export interface PoolPeer {
  readonly uid: number;
  readonly kept: KeptMemory;
}

/** A segment that will be handed over, and its number in KeptMemory. */
export interface WatchedSegment extends Segment {
  readonly watched: number;
}

export interface RingParts {
  readonly control: WatchedSegment;
  readonly data: WatchedSegment;
  readonly wake: [ours: number, theirs: number];
}

/** A ring that the client maps too. */
export class SharedRing implements Ring {
  readonly memory: RingMemory;
  readonly controlBytes: number;
  readonly dataBytes: number;
  readonly wakeFd: number;
  readonly #direction: Direction;
  readonly #parts: RingParts;
  readonly #quota: Quota;
  readonly #peer: PoolPeer;
  #fds: number[];
  #freed = false;

  /** The quota is charged with both segments already. */
  constructor(shape: RingShape, parts: RingParts, quota: Quota, peer: PoolPeer) {
    const { control, data, wake } = parts;
    this.memory = ringInSegments(shape.direction, control.address, data.address, shape);
    this.controlBytes = control.sizeBytes;
    this.dataBytes = data.sizeBytes;
    this.wakeFd = wake[0];
    this.#direction = shape.direction;
    this.#parts = parts;
    this.#quota = quota;
    this.#peer = peer;
    this.#fds = [control.fd, data.fd, wake[1]];
    writeHeaders(this.memory);
  }

  takeFds(): number[] {
    const fds = this.#fds;
    this.#fds = [];
    return fds;
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    const { control, data } = this.#parts;
    for (const fd of [this.wakeFd, ...this.takeFds()]) close(fd);
    // A listener that keeps its mapping keeps no sound in it.
    if (this.#direction === 'record') new Uint8Array(viewOf(data.address, data.sizeBytes)).fill(0);
    for (const { address, sizeBytes, watched } of [control, data]) {
      unmap(address, sizeBytes);
      this.#quota.release(sizeBytes);
      this.#peer.kept.keep(watched, this.#peer.uid, sizeBytes);
    }
  }
}

/** The same layout in one piece of the server's own memory. */
export class PrivateRing implements Ring {
  readonly memory: RingMemory;
  readonly controlBytes = 0;
  readonly dataBytes = 0;
  readonly wakeFd = -1;
  readonly charge: Charge;
  #freed = false;

  /** `charge`: all of its bytes. */
  constructor(shape: RingShape, address: Address, charge: Charge) {
    const { capacityFrames, frameBytes } = shape;
    const page = BigInt(PAGE_BYTES);
    this.memory = {
      control: address,
      status: address + page,
      samples: address + 2n * page,
      capacityFrames,
      frameBytes,
    };
    this.charge = charge;
    writeHeaders(this.memory);
  }

  takeFds(): number[] {
    return [];
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    unmap(this.memory.control, this.charge.bytes);
    this.charge.release();
  }
}
