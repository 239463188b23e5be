import { CONTROL } from '../../native-shim/ring-layout.js';
import type { FrameSpec } from '../device/output-driver.js';
import { controlWords, type RingMemory } from '../mempool/ring-memory.js';
import type { StreamReading } from './blocks.js';
import type { Lease } from './lease.js';
import type { StreamTiming } from './timing.js';

/** What a stream wants of the output it joins. */
export interface AttachRequest {
  readonly memory: RingMemory;
  readonly lease: Lease;
  readonly spec: FrameSpec;
  readonly wakeFd: number;
  readonly client: number;
  /** Wanted latency in frames of the stream's rate; 0 is no wish. */
  latencyFrames: number;
  /** Frames since the stream opened to go on from. */
  frames: number;
}

export interface PlayRequest extends AttachRequest {
  readonly kind: 'play';
  gain: number;
  paused: boolean;
  draining: boolean;
  fadeIn: boolean;
  /** What must be there before it starts, where whoever fills the ring has a threshold of its own. */
  startFrames?: number | undefined;
  /** A gain for each channel, on top of `gain`. */
  balance?: readonly number[] | undefined;
  /** The sender's clock makes the sound; `memory` is a private ring whose live block says how that clock stands. */
  readonly live: boolean;
  /** Its number: who listens to it alone names it so. */
  readonly stream: number;
}

export interface TapRequest extends AttachRequest {
  readonly kind: 'tap';
  readonly mixMinus: boolean;
  /** The number of the one stream that it hears, whether that is here or not; 0: the mix. */
  readonly solo: number;
}

/** What an attachment tells its stream. */
export interface AttachEvents {
  started(): void;
  starved(): void;
  drained(): void;
  /** Without a wake-up socket: the fill has come to what was asked for (mempool/hints.ts). */
  due?(): void;
  /** The client moved the ring's counters wrongly. */
  corrupt(): void;
  /** The quantum or the fill to keep changed (frames of the stream's rate). */
  timing(quantumFrames: number, fillFrames: number): void;
  /** The output is gone; nothing is attached any more. */
  orphaned(): void;
}

/** One stream on one output: what it asked for, where the engine keeps it, what was last seen of it. */
export class Attachment {
  /** Place in the running thread's blocks; undefined while no thread has it. */
  slot: number | undefined;
  resampler = 0n;
  detaching: (() => void) | undefined;
  /** It was not taken: its stream is about to be told. */
  refused: NodeJS.Immediate | undefined;
  /** What its client knows of the output's quantum. */
  told: StreamTiming | undefined;
  /** What it was charged of the engine thread's time, per 10 ms. */
  costUs = 0;
  /** Counted on threads that are gone. */
  readonly before = { starvedFrames: 0, underruns: 0 };
  /** What its block said last, on the thread that has it. */
  last: StreamReading | undefined;

  constructor(
    readonly request: PlayRequest | TapRequest,
    readonly events: AttachEvents,
  ) {}

  /** Its sender has a clock of its own. */
  get live(): boolean {
    return this.request.kind === 'play' && this.request.live;
  }

  /** Frames consumed (playback) or produced (record) since the stream opened. */
  get frames(): number {
    return this.last?.frames ?? this.request.frames;
  }

  /** Counted since it was attached. */
  get totals(): { starvedFrames: number; underruns: number } {
    const { before, last } = this;
    return {
      starvedFrames: before.starvedFrames + (last?.starvedFrames ?? 0),
      underruns: before.underruns + (last?.underruns ?? 0),
    };
  }

  /** What its block says now: its owner hears what is new. */
  hear(now: StreamReading): void {
    const { events, request, last } = this;
    this.last = now;
    if (now.started !== (last?.started ?? 0)) events.started();
    if (now.underruns !== (last?.underruns ?? 0)) events.starved();
    if (now.corrupt && !last?.corrupt) events.corrupt();
    if (now.drained === (last?.drained ?? 0)) return;
    if (request.kind === 'play') request.draining = false;
    events.drained();
  }

  /** Its output's quantum is another: its client hears of it. A newcomer's learns it as it is answered. */
  retime(timing: StreamTiming): void {
    const { told } = this;
    this.told = timing;
    const { quantumFrames, fillFrames } = timing;
    if (!told || (told.quantumFrames === quantumFrames && told.fillFrames === fillFrames)) return;
    this.events.timing(quantumFrames, fillFrames);
  }

  /** The thread that had it is gone: keep what it counted, go on from where it read. */
  unplace(): void {
    const { request, last } = this;
    Object.assign(this.before, this.totals);
    if (last) request.frames = last.frames + this.#untold(last.frames);
    if (request.kind === 'play') request.fadeIn = request.frames > 0;
    this.last = undefined;
    this.slot = undefined;
  }

  /** A thread that ended within a quantum moved the ring's counter and could not say so any more. */
  #untold(frames: number): number {
    const { memory, kind } = this.request;
    const counter = Atomics.load(controlWords(memory), kind === 'play' ? CONTROL.read : CONTROL.written);
    const untold = (counter - frames) | 0;
    // The other side can write the counter too: beyond what a ring holds it was not the engine.
    return untold > 0 && untold <= memory.capacityFrames ? untold : 0;
  }
}
