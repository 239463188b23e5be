import type { Attachment } from '../engine/attachment.js';
import { STREAM_STATE } from '../engine/blocks.js';
import { Lease } from '../engine/lease.js';
import type { Output } from '../engine/output.js';
import type { Ring } from '../mempool/pool.js';
import type { RingMemory } from '../mempool/ring-memory.js';
import { Berth } from './berth.js';
import type { Stream, StreamOpening, StreamOwner, StreamReport, StreamRequest } from './stream.js';

/**
 * Record by shared memory, from an output's monitor to the client (by copies: listen-path.ts):
 *
 *   mix ──▶ tap on the engine thread ──▶ ring ──▶ client reads, or for a private ring its carrier
 */
export class RecordStream implements Stream {
  readonly opening: StreamOpening;
  output: Output | undefined;
  readonly volume = 1;
  readonly muted = false;
  readonly #ring: Ring;
  readonly #lease = new Lease();
  readonly #berth = new Berth({
    attach: (to) => this.#attach(to),
    // How far the ring was written.
    left: ({ frames }) => (this.#frames = frames),
  });
  #paused: boolean;
  #closed = false;
  #gaveBack: () => void = () => {};
  /** Settles once its memory was given back, some time after `close`. */
  readonly freed = new Promise<void>((settle) => (this.#gaveBack = settle));
  /** Produced since it opened, whatever it heard. */
  #frames = 0;

  constructor(
    readonly number: number,
    public request: StreamRequest,
    readonly owner: StreamOwner,
    ring: Ring,
    output: Output,
  ) {
    this.#ring = ring;
    this.#paused = request.paused;
    this.output = output;
    const { quantumFrames } = output.timingOf(this.#attachable());
    if (!this.#paused) this.#berth.go(output);
    this.opening = {
      capacityFrames: ring.memory.capacityFrames,
      controlBytes: ring.controlBytes,
      dataBytes: ring.dataBytes,
      fillFrames: 0,
      quantumFrames,
      codec: 'pcm',
      grantedFrames: 0,
      fds: ring.takeFds(),
    };
  }

  /** The ring, for the carrier that empties it (transport `private`); nobody may touch it after `close`. */
  get memory(): RingMemory {
    return this.#ring.memory;
  }

  rename(name: string): void {
    this.request = { ...this.request, name };
  }

  /** What it asks of its output from now on. */
  setLatency(latencyUs: number): void {
    this.request = { ...this.request, latencyUs };
    const { attachment } = this.#berth;
    if (attachment) this.output?.setLatency(attachment, this.#attachable().latencyFrames);
  }

  /** A record stream has no fader: what it hears is the mix. */
  setLevel(): void {}

  /** A paused listener hears nothing and costs nothing. */
  setPaused(paused: boolean): void {
    if (paused === this.#paused || this.#closed) return;
    this.#paused = paused;
    this.#berth.go(paused ? undefined : this.output);
  }

  moveTo(output: Output): void {
    if (output === this.output || this.#closed) return;
    this.output = output;
    this.#berth.go(this.#paused ? undefined : output, () => {
      const { quantumFrames } = output.timingOf(this.#attachable());
      this.owner.tell(this, { kind: 'moved', device: output.monitorName });
      this.owner.tell(this, { kind: 'timing', quantumFrames, fillFrames: 0 });
    });
  }

  report(): StreamReport {
    const last = this.#berth.held?.last;
    const idle = this.#paused ? STREAM_STATE.paused : STREAM_STATE.filling;
    const state = this.output ? (last?.state ?? idle) : STREAM_STATE.orphaned;
    return {
      state,
      fillFrames: last?.fillFrames ?? 0,
      latencyFrames: last?.latencyFrames ?? 0,
      starvedFrames: 0,
      underruns: 0,
      droppedFrames: 0,
    };
  }

  levels(): undefined {
    return undefined;
  }

  pump(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#berth.go(undefined, () => {
      this.#lease.whenFree(() => {
        this.#ring.free();
        this.#gaveBack();
      });
    });
  }

  #attachable() {
    const { spec, latencyUs } = this.request;
    return {
      memory: this.#ring.memory,
      lease: this.#lease,
      spec,
      wakeFd: this.#ring.wakeFd,
      client: this.owner.party,
      latencyFrames: Math.floor((latencyUs * spec.rate) / 1e6),
      frames: this.#frames,
    };
  }

  #attach(output: Output): Attachment {
    return output.attach(
      { kind: 'tap', ...this.#attachable(), mixMinus: this.request.mixMinus, solo: this.request.solo },
      {
        started: () => {},
        starved: () => {},
        drained: () => {},
        corrupt: () => {},
        due: () => {
          this.owner.due?.(this);
        },
        timing: (quantumFrames) => {
          // A listener keeps no fill.
          this.owner.tell(this, { kind: 'timing', quantumFrames, fillFrames: 0 });
        },
        orphaned: () => {
          this.#berth.orphan();
          this.output = undefined;
          this.owner.tell(this, { kind: 'orphaned' });
        },
      },
    );
  }
}
