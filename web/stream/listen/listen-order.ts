import type { Failure } from '../../session/failure.js';
import type { Purpose } from '../play-order.js';
import type { StreamSeed } from '../stream-seed.js';
import type { QueueMemory } from './packet-queue.js';

/** What a person may wish of listening; `auto` is right for where the server is. */
export interface ListenWish {
  readonly purpose: Purpose;
  readonly codec: 'auto' | 'pcm' | 'opus';
  /** How long sound waits here for what comes late, its packet's length included. */
  readonly latencyMs: 'auto' | number;
}

/** Page to worker: listen to this, and bring it to the worklet at the other end of `port`. */
export interface ListenOrder {
  readonly seed: StreamSeed;
  /** An input or the monitor of an output. */
  readonly device: string;
  /** Leave out what this page itself plays. */
  readonly mixMinus: boolean;
  readonly wish: ListenWish;
  readonly contextRate: number;
  /** The way to the worklet where memory can be shared; else packets go through the port. */
  readonly memory: QueueMemory | undefined;
  readonly port: MessagePort;
}

export type ListenPhase = 'opening' | 'listening' | 'reconnecting' | 'ended';

/** Where the time goes on the way to the worklet, in ms; undefined while the clocks are not joined. */
export interface WayHere {
  /** From the mix to the packet's leaving. */
  readonly serverMs: number;
  readonly networkMs: number;
  /** How far ahead of its output the context asks for sound, being asked for bursts itself. */
  readonly burstMs: number;
}

/** Worker to page. */
export interface ListenStatus {
  readonly of: 'listen';
  readonly phase: ListenPhase;
  readonly codec: 'pcm' | 'opus';
  readonly way: WayHere | undefined;
  /** Frames that the server or this page had no room for. */
  readonly droppedFrames: number;
  /** Packets that came after what followed them was decoded, or twice. */
  readonly latePackets: number;
  readonly failure: Failure | undefined;
}
