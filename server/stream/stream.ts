import type { LevelReading } from '../engine/blocks.js';
import type { Output } from '../engine/output.js';
import type { FrameSpec } from '../device/output-driver.js';
import type { Pool } from '../mempool/pool.js';
import type { ErrorCode, WeirError } from '../observe/errors.js';
import type { Codec, OpusWish } from './codec/codec.js';
import type { JitterPurpose } from './jitter/arrival-delays.js';
import type { MissingFrames } from './jitter/missing-packets.js';
import type { FeedPacket } from './copies/feed-tenant.js';

export type Direction = 'playback' | 'record';
/** `private`: a ring in the server's own memory that the client's carrier fills or empties. */
export type Transport = 'ring' | 'copies' | 'private';

/** A stream as its client asked for it, checked. */
export interface StreamRequest {
  /** The client's own 128-bit name for it, as hex. */
  readonly id: string;
  readonly epoch: number;
  readonly direction: Direction;
  readonly name: string;
  /** Output or input; empty is the default one. */
  readonly device: string;
  readonly spec: FrameSpec;
  /** 0 is no wish. */
  readonly latencyUs: number;
  readonly transport: Transport;
  readonly volume: number;
  readonly paused: boolean;
  readonly mixMinus: boolean;
  /** Record: the number of the one playback stream that is heard; 0: all of them. */
  readonly solo: number;
  /** It stays where it was opened as long as its output lives. */
  readonly fixed: boolean;
  /** Playback by copies whose sound the sender's clock makes. */
  readonly live: boolean;
  readonly purpose: JitterPurpose;
  /** Go on with the stream of this id that another connection of the same peer holds. */
  readonly resume: boolean;
  /** Copies: how their packets carry the frames, as far as that can be had. */
  readonly codec: Codec;
  readonly opus: OpusWish;
}

/** What happens to a stream, told to its owner. */
export type StreamNews =
  | { kind: 'started' }
  | { kind: 'starved'; frames: number }
  | { kind: 'dropped'; frames: number; code: ErrorCode }
  | { kind: 'moved'; device: string }
  | { kind: 'timing'; fillFrames: number; quantumFrames: number }
  | { kind: 'orphaned' }
  | { kind: 'closed'; why: WeirError };

/** A stream's owner: the connection that opened it. */
export interface StreamOwner {
  readonly client: number;
  /** Whose share of an engine its streams take, and whose playback its mix-minus leaves out: taken over with a stream. */
  readonly party: number;
  tell(stream: Stream, news: StreamNews): void;
  /** Of a private ring: the fill has come to what the owner asked for (mempool/hints.ts). */
  due?(stream: Stream): void;
  /** It has done what it was for and can be closed. */
  ended(stream: Stream): void;
  /** Where sound by copies goes; absent of an owner that has no such streams. */
  readonly copies?: CopiesOutlet;
}

/** What streams by copies need of their owner. */
export interface CopiesOutlet {
  /** Frames since open that the client may have sent (playback). */
  grant(stream: Stream, frames: number): void;
  /**
   * One packet for a listener, which begins at `frame` of its stream; `again`: it was missed before. False: too much waits
   * already, the packet was not taken.
   */
  hear(stream: Stream, frame: number, packet: FeedPacket, again: boolean): boolean;
  /** Packets may get lost on their way to the client, or from it. */
  readonly losesSound: boolean;
  /** The client's own sound did not come whole. */
  miss(stream: Stream, missing: MissingFrames): void;
}

/** Where the time goes from capture to loudspeaker, in µs; 0 is unknown, or not part of the way. */
export interface HopsReport {
  readonly captureUs: number;
  readonly networkUs: number;
  readonly jitterUs: number;
  readonly mixUs: number;
  readonly deviceUs: number;
}

/** What the network did to a live stream, and what was made of it. */
export interface JitterReport {
  readonly targetUs: number;
  readonly packets: number;
  readonly latePackets: number;
  readonly lostPackets: number;
  /** Lost, sent again, and heard in time. */
  readonly recoveredPackets: number;
  readonly concealedFrames: number;
  /** Thrown away unheard: too old, or more than there was room for. */
  readonly skippedFrames: number;
  /** The sender's clock against the device's. */
  readonly driftPpm: number;
}

/** What the mixer shows of a stream; all numbers measured. */
export interface StreamReport {
  state: number;
  fillFrames: number;
  latencyFrames: number;
  starvedFrames: number;
  underruns: number;
  droppedFrames: number;
  hops?: HopsReport;
  jitter?: JitterReport;
}

/** What a new stream's client needs to know. */
export interface StreamOpening {
  readonly capacityFrames: number;
  readonly controlBytes: number;
  readonly dataBytes: number;
  readonly fillFrames: number;
  readonly quantumFrames: number;
  readonly grantedFrames: number;
  /** Of copies; what was asked for, or PCM. */
  readonly codec: Codec;
  /** Control, data, wake-up socket: to be handed over once. Empty for copies. */
  readonly fds: readonly number[];
}

/** One flow of audio of one client, whichever way it goes. */
export interface Stream {
  readonly number: number;
  readonly request: StreamRequest;
  readonly owner: StreamOwner;
  /** Undefined while it waits for an output. */
  readonly output: Output | undefined;
  readonly volume: number;
  readonly muted: boolean;
  readonly opening: StreamOpening;
  report(): StreamReport;
  levels(): LevelReading | undefined;
  setLevel(volume: number, muted: boolean): void;
  moveTo(output: Output): void;
  setPaused(paused: boolean): void;
  /** Called every PUMP_INTERVAL_MS for streams by copies. */
  pump(nowMs: number): void;
  /**
   * By copies only: goes on for another connection of the same peer, whose pool takes its memory; the owner so far is not told.
   * Where it is refused it stays as it was.
   */
  handOver?(to: StreamOwner, pool: Pool, epoch: number): WeirError | undefined;
  /** Fades out and frees everything. The owner is not told, but for a drain that will not be done: that fails with `why`. */
  close(why?: WeirError): void;
}
