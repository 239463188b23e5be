import type { Attachment, AttachEvents } from '../engine/attachment.js';
import { STREAM_STATE } from '../engine/blocks.js';
import { Lease } from '../engine/lease.js';
import type { Output } from '../engine/output.js';
import type { StreamTiming } from '../engine/timing.js';
import type { Pool, Ring } from '../mempool/pool.js';
import type { RingMemory } from '../mempool/ring-memory.js';
import { WeirError } from '../observe/errors.js';
import { gainOfVolume } from '../policy/volume.js';
import { Berth } from './berth.js';
import { CopiesIn } from './copies-in.js';
import type { GrantedSink } from './granted-sink.js';
import type { Inflow, PacketNotes } from './inflow.js';
import { TALK_ENGINE_LATENCY_US } from './limits.js';
import { LiveIn } from './live-in.js';
import { openSource, type Source } from './open-source.js';
import type { PacketLineParts } from './packet-line.js';
import type { HopsReport, Stream, StreamOpening, StreamOwner, StreamReport, StreamRequest } from './stream.js';

/**
 * Playback, from the client to the device:
 *
 *   shared memory:  client ──writes──▶ ring ──▶ voice on the engine thread ──▶ mix ──▶ device
 *   private:        carrier ──writes──▶ ring ──▶ the same
 *   copies:         AudioPacket ──▶ CopiesIn ──▶ ring ──▶ the same
 *   Opus copies:    AudioPacket ──▶ CopiesIn ──▶ GrantedInflow on the copies thread ──▶ ring ──▶ the same
 *   live copies:    AudioPacket ──▶ LiveIn ──▶ LiveInflow on the copies thread ──▶ ring ──▶ the same
 */
export class PlaybackStream implements Stream {
  readonly opening: StreamOpening;
  output: Output | undefined;
  /** What came too late for a private ring: its carrier, which fills that, counts. */
  lateFrames = 0;
  volume: number;
  muted = false;
  readonly #ring: Ring;
  readonly #lease: Lease;
  /** What fills the ring, where its client does not. */
  readonly #inflow: Inflow | undefined;
  readonly #live: LiveIn | undefined;
  readonly #berth = new Berth({
    attach: (to) => this.#attach(to),
    left: (attachment) => this.#left(attachment),
  });
  #paused: boolean;
  #balance: readonly number[] | undefined;
  /** Whoever fills a private ring has a threshold of its own: it starts with what is there. */
  #startFrames: number | undefined;
  #draining: ((failure?: WeirError) => void) | undefined;
  /** The engine is told to drain once all that came is in the ring. */
  #drainSoon = false;
  #closed = false;
  #gaveBack: () => void = () => {};
  /** Settles once its memory was given back, some time after `close`. */
  readonly freed = new Promise<void>((settle) => (this.#gaveBack = settle));
  #starvedTold = 0;
  /** Counted where it played before. */
  #before = { starvedFrames: 0, underruns: 0 };
  /** Consumed since it opened, wherever it played. */
  #frames = 0;

  static open(
    number: number,
    request: StreamRequest,
    owner: StreamOwner,
    ring: Ring,
    output: Output,
    parts: Omit<PacketLineParts, 'lease'>,
  ): PlaybackStream | WeirError {
    const lease = new Lease();
    let stream: PlaybackStream | undefined;
    const source = openSource(
      request,
      ring,
      { ...parts, lease },
      {
        dropped: (frames, code) => {
          stream?.owner.tell(stream, { kind: 'dropped', frames, code });
        },
        missing: (missing) => {
          stream?.owner.copies?.miss(stream, missing);
        },
        lost: (why) => {
          stream?.owner.tell(stream, { kind: 'closed', why });
        },
      },
    );
    if (!(source instanceof WeirError)) {
      return (stream = new PlaybackStream(number, request, owner, ring, lease, output, source));
    }
    ring.free();
    return source;
  }

  private constructor(
    readonly number: number,
    public request: StreamRequest,
    /** Another connection of the same peer may take it over. */
    public owner: StreamOwner,
    ring: Ring,
    lease: Lease,
    output: Output,
    source: Source | undefined,
  ) {
    this.#ring = ring;
    this.#lease = lease;
    this.volume = request.volume;
    this.#paused = request.paused;
    if (request.transport === 'private') this.#startFrames = 1;
    this.output = output;
    this.#berth.go(output);
    const { quantumFrames, fillFrames } = this.#timing(output);
    if (source instanceof LiveIn) this.#inflow = this.#live = source;
    else if (source) this.#inflow = this.#granted(source, fillFrames + 2 * quantumFrames);
    this.opening = {
      capacityFrames: ring.memory.capacityFrames,
      controlBytes: ring.controlBytes,
      dataBytes: ring.dataBytes,
      fillFrames,
      quantumFrames,
      codec: request.codec,
      grantedFrames: this.#inflow?.granted ?? 0,
      fds: request.transport === 'ring' ? ring.takeFds() : [],
    };
  }

  /** Sound that came as a copy (Inflow.receive). Refused for a stream whose client writes its ring itself. */
  receive(frame: number, data: Uint8Array, notes: PacketNotes): WeirError | undefined {
    if (!this.#inflow) return new WeirError('BAD_MESSAGE', `stream ${this.number} is a ring: write there`);
    return this.#inflow.receive(frame, data, notes);
  }

  /** What a live sender adds for packets that were lost (AudioPacket.parity). */
  mend(frame: number, parity: Uint8Array): void {
    this.#live?.mend(frame, parity);
  }

  /** Of copies: where the next packet begins, and how far its sender may go. */
  get progress(): { nextFrame: number; grantedFrames: number } {
    return { nextFrame: this.#inflow?.nextFrame ?? 0, grantedFrames: this.#inflow?.granted ?? 0 };
  }

  /** The ring, for the carrier that fills it (transport `private`); nobody may touch it after `close`. */
  get memory(): RingMemory {
    return this.#ring.memory;
  }

  rename(name: string): void {
    this.request = { ...this.request, name };
  }

  /** A gain for each channel, on top of the fader's. */
  setBalance(gains: readonly number[]): void {
    this.#balance = gains;
    this.#order((on, attachment) => on.setBalance(attachment, gains));
  }

  /** A held stream does not start, whatever is there: it waits for others (Output.together). */
  hold(held: boolean): void {
    const startFrames = held ? this.#ring.memory.capacityFrames + 1 : 1;
    this.#startFrames = startFrames;
    this.#order((on, attachment) => on.setStart(attachment, startFrames));
  }

  /** What lies before `frame` in the ring, counted since it opened, is not heard any more. */
  skip(frame: number): void {
    this.#order((on, attachment) => on.skip(attachment, frame));
  }

  /** What it asks of its output from now on. */
  setLatency(latencyUs: number): void {
    this.request = { ...this.request, latencyUs };
    this.#order((on, attachment) => on.setLatency(attachment, this.#latencyFrames));
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
    this.#drainSoon = true;
    this.#drainRing();
  }

  handOver(to: StreamOwner, pool: Pool, epoch: number): WeirError | undefined {
    if (this.request.transport !== 'copies') return new WeirError('BAD_MESSAGE', 'a ring stays with its connection');
    const refused = pool.adopt([this.#ring.charge, this.#inflow?.charge].filter((charge) => charge !== undefined));
    if (refused) return refused;
    this.#draining?.(new WeirError('STREAM_REPLACED', `stream ${this.number} went to another connection`));
    this.#draining = undefined;
    this.#drainSoon = false;
    this.owner = to;
    this.request = { ...this.request, epoch };
    return undefined;
  }

  moveTo(output: Output): void {
    if (output === this.output || this.#closed) return;
    this.output = output;
    this.#berth.go(output, () => {
      const { quantumFrames, fillFrames } = this.#timing(output);
      this.#inflow?.setWindow(fillFrames + 2 * quantumFrames);
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
      droppedFrames: (this.#inflow?.droppedFrames ?? 0) + this.lateFrames,
      hops: this.#hops(),
      ...(this.#live && { jitter: this.#live.jitter }),
    };
  }

  levels() {
    const { attachment } = this.#berth;
    return attachment && this.output?.levels(attachment);
  }

  pump(nowMs: number): void {
    this.#inflow?.pump(nowMs);
    this.#drainRing();
  }

  close(why = new WeirError('STREAM_NOT_FOUND', `stream ${this.number} was closed before it had drained`)): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inflow?.close();
    this.#draining?.(why);
    this.#draining = undefined;
    this.#berth.go(undefined, () => {
      this.#lease.whenFree(() => {
        this.#ring.free();
        this.#gaveBack();
      });
    });
  }

  #granted(sink: GrantedSink, windowFrames: number): CopiesIn {
    return new CopiesIn(sink, windowFrames, {
      grant: (frames) => {
        this.owner.copies?.grant(this, frames);
      },
      dropped: (frames, code) => {
        this.owner.tell(this, { kind: 'dropped', frames, code });
      },
    });
  }

  #drainRing(): void {
    if (!this.#drainSoon || (this.#inflow?.pendingFrames ?? 0) > 0) return;
    this.#drainSoon = false;
    this.#order((on, attachment) => on.drain(attachment));
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
        client: this.owner.party,
        latencyFrames: this.#latencyFrames,
        frames: this.#frames,
        gain: this.#gain(),
        paused: this.#paused,
        draining: this.#draining !== undefined && !this.#drainSoon,
        fadeIn: this.#frames > 0,
        live: this.request.live,
        stream: this.number,
        startFrames: this.#startFrames,
        balance: this.#balance,
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
      due: () => {
        this.owner.due?.(this);
      },
      corrupt: () => {
        const why = new WeirError('RING_CORRUPT', `stream ${this.number}: its written counter cannot be`);
        this.owner.tell(this, { kind: 'closed', why });
      },
      timing: (quantumFrames, fillFrames) => {
        this.#inflow?.setWindow(fillFrames + 2 * quantumFrames);
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

  /** What it asks of its output: where a jitter buffer keeps the latency, only a quantum that does not spoil it. */
  get #latencyFrames(): number {
    const { live, purpose, latencyUs, spec } = this.request;
    const liveUs = purpose === 'talk' ? TALK_ENGINE_LATENCY_US : 0;
    return Math.floor(((live ? liveUs : latencyUs) * spec.rate) / 1e6);
  }

  #hops(): HopsReport {
    const { last } = this.#berth.held ?? {};
    const { rate } = this.request.spec;
    const deviceUs = this.output?.deviceDelayUs ?? 0;
    // A live stream's latency counts from its sender's line, and what of it is before the engine's reading is not all in the ring.
    const beforeFrames = this.#live?.delayFrames ?? last?.fillFrames ?? 0;
    const behindRingUs = last ? ((last.latencyFrames - beforeFrames) * 1e6) / rate : 0;
    const before = this.#live?.hops ?? { captureUs: 0, networkUs: 0, jitterUs: 0 };
    return { ...before, mixUs: Math.max(0, Math.round(behindRingUs - deviceUs)), deviceUs };
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
