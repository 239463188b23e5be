import type { Attachment, AttachEvents } from '../engine/attachment.js';
import { STREAM_STATE } from '../engine/blocks.js';
import { Lease } from '../engine/lease.js';
import type { Output } from '../engine/output.js';
import type { StreamTiming } from '../engine/timing.js';
import type { Ring } from '../mempool/pool.js';
import { WeirError } from '../observe/errors.js';
import { gainOfVolume } from '../policy/volume.js';
import { Berth } from './berth.js';
import { CopiesIn } from './copies-in.js';
import type { Stream, StreamOpening, StreamOwner, StreamReport, StreamRequest } from './stream.js';

/**
 * Playback, from the client to the device:
 *
 *   shared memory:  client ──writes──▶ ring ──▶ voice on the engine thread ──▶ mix ──▶ device
 *   copies:         AudioPacket ──▶ CopiesIn ──▶ ring ──▶ the same
 */
export class PlaybackStream implements Stream {
  readonly opening: StreamOpening;
  output: Output | undefined;
  volume: number;
  muted = false;
  readonly #ring: Ring;
  readonly #lease = new Lease();
  readonly #copies: CopiesIn | undefined;
  readonly #berth = new Berth({
    attach: (to) => this.#attach(to),
    left: (attachment) => this.#left(attachment),
  });
  #paused: boolean;
  #draining: ((failure?: WeirError) => void) | undefined;
  #closed = false;
  #starvedTold = 0;
  /** Counted where it played before. */
  #before = { starvedFrames: 0, underruns: 0 };
  /** Consumed since it opened, wherever it played. */
  #frames = 0;

  constructor(
    readonly number: number,
    readonly request: StreamRequest,
    readonly owner: StreamOwner,
    ring: Ring,
    output: Output,
  ) {
    this.#ring = ring;
    this.volume = request.volume;
    this.#paused = request.paused;
    this.output = output;
    this.#berth.go(output);
    const { quantumFrames, fillFrames } = this.#timing(output);
    if (request.transport === 'copies') {
      this.#copies = new CopiesIn(ring.memory, fillFrames + 2 * quantumFrames, {
        grant: (frames) => {
          owner.grant(this, frames);
        },
        dropped: (frames, code) => {
          owner.tell(this, { kind: 'dropped', frames, code });
        },
      });
    }
    this.opening = {
      capacityFrames: ring.memory.capacityFrames,
      controlBytes: ring.controlBytes,
      dataBytes: ring.dataBytes,
      fillFrames,
      quantumFrames,
      codec: 'pcm',
      grantedFrames: this.#copies?.granted ?? 0,
      fds: request.transport === 'ring' ? ring.takeFds() : [],
    };
  }

  /** Sound that came as a copy. Refused for a stream whose client writes its ring itself. */
  receive(frame: number, data: Uint8Array): WeirError | undefined {
    if (!this.#copies) return new WeirError('BAD_MESSAGE', `stream ${this.number} is a ring: write there`);
    return this.#copies.receive(frame, data);
  }

  setLevel(volume: number, muted: boolean): void {
    this.volume = volume;
    this.muted = muted;
    this.#order((on, attachment) => on.setGain(attachment, this.#gain()));
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#order((on, attachment) => on.setPaused(attachment, paused));
  }

  /** Calls back once: when the last accepted frame has left the device, or with the reason why it never will. */
  drain(done: (failure?: WeirError) => void): void {
    this.#draining?.(new WeirError('STREAM_REPLACED', `stream ${this.number} is drained by a later request`));
    this.#draining = done;
    this.#order((on, attachment) => on.drain(attachment));
  }

  moveTo(output: Output): void {
    if (output === this.output || this.#closed) return;
    this.output = output;
    this.#berth.go(output, () => {
      const { quantumFrames, fillFrames } = this.#timing(output);
      this.#copies?.setWindow(fillFrames + 2 * quantumFrames);
      this.owner.tell(this, { kind: 'moved', device: output.name });
      this.owner.tell(this, { kind: 'timing', quantumFrames, fillFrames });
    });
  }

  report(): StreamReport {
    const totals = this.#berth.held?.totals;
    const last = this.#berth.held?.last;
    const before = this.#before;
    return {
      state: this.output ? (last?.state ?? STREAM_STATE.filling) : STREAM_STATE.orphaned,
      fillFrames: last?.fillFrames ?? 0,
      latencyFrames: last?.latencyFrames ?? 0,
      starvedFrames: before.starvedFrames + (totals?.starvedFrames ?? 0),
      underruns: before.underruns + (totals?.underruns ?? 0),
      droppedFrames: this.#copies?.droppedFrames ?? 0,
    };
  }

  levels() {
    const { attachment } = this.#berth;
    return attachment && this.output?.levels(attachment);
  }

  pump(nowMs: number): void {
    this.#copies?.pump(nowMs);
  }

  close(why = new WeirError('STREAM_NOT_FOUND', `stream ${this.number} was closed before it had drained`)): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#draining?.(why);
    this.#draining = undefined;
    this.#berth.go(undefined, () => {
      this.#lease.whenFree(() => {
        this.#ring.free();
      });
    });
  }

  #attach(output: Output): Attachment {
    const { spec } = this.request;
    return output.attach(
      {
        kind: 'play',
        memory: this.#ring.memory,
        lease: this.#lease,
        spec,
        wakeFd: this.#ring.wakeFd,
        client: this.owner.client,
        latencyFrames: this.#latencyFrames,
        frames: this.#frames,
        gain: this.#gain(),
        paused: this.#paused,
        draining: this.#draining !== undefined,
        fadeIn: this.#frames > 0,
        live: false,
      },
      this.#events(),
    );
  }

  #events(): AttachEvents {
    return {
      started: () => {
        this.#tellStarved();
        this.owner.tell(this, { kind: 'started' });
      },
      starved: () => {
        this.#tellStarved();
      },
      drained: () => {
        const done = this.#draining;
        this.#draining = undefined;
        done?.();
      },
      corrupt: () => {
        const why = new WeirError('RING_CORRUPT', `stream ${this.number}: its written counter cannot be`);
        this.owner.tell(this, { kind: 'closed', why });
      },
      timing: (quantumFrames, fillFrames) => {
        this.#copies?.setWindow(fillFrames + 2 * quantumFrames);
        this.owner.tell(this, { kind: 'timing', quantumFrames, fillFrames });
      },
      orphaned: () => {
        this.#berth.orphan();
        this.output = undefined;
        this.owner.tell(this, { kind: 'orphaned' });
      },
    };
  }

  /** Remembers where it was read to, and what was counted there. */
  #left({ totals, frames }: Attachment): void {
    this.#before.starvedFrames += totals.starvedFrames;
    this.#before.underruns += totals.underruns;
    this.#frames = frames;
  }

  #order(order: (on: Output, attachment: Attachment) => void): void {
    const { attachment } = this.#berth;
    if (attachment && this.output) order(this.output, attachment);
  }

  #timing(on: Output): StreamTiming {
    return on.timingOf({ spec: this.request.spec, memory: this.#ring.memory, latencyFrames: this.#latencyFrames });
  }

  get #latencyFrames(): number {
    return Math.floor((this.request.latencyUs * this.request.spec.rate) / 1e6);
  }

  /** The silence since it was last told: an underrun is told as it begins, its length once the stream goes on. */
  #tellStarved(): void {
    const frames = this.report().starvedFrames - this.#starvedTold;
    if (frames === 0) return;
    this.#starvedTold += frames;
    this.owner.tell(this, { kind: 'starved', frames });
  }

  #gain(): number {
    return this.muted ? 0 : gainOfVolume(this.volume);
  }
}
