import { Attachment, type AttachEvents } from '../engine/attachment.js';
import { STREAM_STATE } from '../engine/blocks.js';
import { Lease } from '../engine/lease.js';
import type { Output } from '../engine/output.js';
import type { Pool, Ring } from '../mempool/pool.js';
import { ringCapacityFrames } from '../mempool/ring-memory.js';
import { WeirError } from '../observe/errors.js';
import { gainOfVolume } from '../policy/volume.js';
import { CopiesIn } from './copies-in.js';
import { frameBytesOf } from './frame-bytes.js';
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
  #attachment: Attachment | undefined;
  #paused: boolean;
  #draining: ((failure?: WeirError) => void) | undefined;
  #closed = false;
  #starvedTold = 0;
  /** Counted where it played before. */
  #before = { starvedFrames: 0, underruns: 0 };
  /** Consumed since it opened, wherever it played. */
  #frames = 0;

  static open(
    number: number,
    request: StreamRequest,
    owner: StreamOwner,
    pool: Pool,
    output: Output,
  ): PlaybackStream | WeirError {
    const { spec, latencyUs, transport } = request;
    const shape = {
      capacityFrames: ringCapacityFrames(spec.rate, latencyUs),
      frameBytes: frameBytesOf(spec),
      direction: 'playback' as const,
    };
    const ring = transport === 'ring' ? pool.openRing(shape) : pool.openPrivateRing(shape);
    if (ring instanceof WeirError) return ring;
    return new PlaybackStream(number, request, owner, ring, output);
  }

  private constructor(
    readonly number: number,
    readonly request: StreamRequest,
    readonly owner: StreamOwner,
    ring: Ring,
    output: Output,
  ) {
    this.#ring = ring;
    this.volume = request.volume;
    this.#paused = request.paused;
    const attachment = this.#attach(output, false);
    const { quantumFrames, fillFrames } = output.timing(attachment);
    if (request.transport === 'copies') {
      this.#copies = new CopiesIn(ring.memory, fillFrames + 2 * quantumFrames, {
        grant: (frames) => {
          owner.grant(this, frames);
        },
        dropped: (frames) => {
          owner.tell(this, { kind: 'dropped', frames, code: 'GRANT_EXCEEDED' });
        },
      });
    }
    this.opening = {
      capacityFrames: ring.memory.capacityFrames,
      controlBytes: ring.controlBytes,
      dataBytes: ring.dataBytes,
      fillFrames,
      quantumFrames,
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
    if (this.#attachment) this.output?.setGain(this.#attachment, this.#gain());
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (this.#attachment) this.output?.setPaused(this.#attachment, paused);
  }

  /** Calls back once: when the last accepted frame has left the device, or with the reason why it never will. */
  drain(done: (failure?: WeirError) => void): void {
    this.#draining?.(new WeirError('STREAM_REPLACED', `stream ${this.number} is drained by a later request`));
    this.#draining = done;
    if (this.#attachment) this.output?.drain(this.#attachment);
  }

  moveTo(output: Output): void {
    if (output === this.output || this.#closed) return;
    const from = this.output;
    const attachment = this.#attachment;
    this.output = output;
    this.#attachment = undefined;
    if (!from || !attachment) return this.#arrive(output);
    from.detach(attachment, () => {
      this.#leave(attachment);
      if (!this.#closed && this.output === output) this.#arrive(output);
    });
  }

  report(): StreamReport {
    const totals = this.#attachment?.totals;
    const last = this.#attachment?.last;
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
    return this.#attachment && this.output?.levels(this.#attachment);
  }

  pump(): void {
    this.#copies?.renewGrant();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#draining?.(new WeirError('STREAM_NOT_FOUND', `stream ${this.number} was closed before it had drained`));
    this.#draining = undefined;
    const free = () => {
      this.#lease.whenFree(() => {
        this.#ring.free();
      });
    };
    if (this.output && this.#attachment) this.output.detach(this.#attachment, free);
    else free();
  }

  #attach(output: Output, fadeIn: boolean): Attachment {
    const { spec, latencyUs } = this.request;
    const attachment = output.attach(
      {
        kind: 'play',
        memory: this.#ring.memory,
        lease: this.#lease,
        spec,
        wakeFd: this.#ring.wakeFd,
        client: this.owner.client,
        latencyFrames: Math.floor((latencyUs * spec.rate) / 1e6),
        frames: this.#frames,
        gain: this.#gain(),
        paused: this.#paused,
        draining: this.#draining !== undefined,
        fadeIn,
      },
      this.#events(),
    );
    this.output = output;
    this.#attachment = attachment;
    return attachment;
  }

  #events(): AttachEvents {
    return {
      started: () => {
        this.owner.tell(this, { kind: 'started' });
      },
      starved: () => {
        const { starvedFrames } = this.report();
        this.owner.tell(this, { kind: 'starved', frames: starvedFrames - this.#starvedTold });
        this.#starvedTold = starvedFrames;
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
        if (this.#attachment) this.#leave(this.#attachment);
        this.#attachment = undefined;
        this.output = undefined;
        this.owner.tell(this, { kind: 'orphaned' });
      },
    };
  }

  /** Remembers where it was read to, and what was counted there. */
  #leave({ totals, frames }: Attachment): void {
    this.#before.starvedFrames += totals.starvedFrames;
    this.#before.underruns += totals.underruns;
    this.#frames = frames;
  }

  #arrive(output: Output): void {
    this.#attach(output, this.#frames > 0);
    this.owner.tell(this, { kind: 'moved', device: output.name });
  }

  #gain(): number {
    return this.muted ? 0 : gainOfVolume(this.volume);
  }
}
