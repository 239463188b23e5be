import type { FrameSpec } from '../../device/output-driver.js';
import { STREAM_STATE } from '../../engine/blocks.js';
import { emptyPlayState, emptySenderState, LiveSenderEnd } from '../../mempool/live-block.js';
import { emptyStatus, PlaybackWriter, StatusReader } from '../../mempool/ring.js';
import type { RingMemory } from '../../mempool/ring-memory.js';
import type { Codec } from '../codec/codec.js';
import { OpusDecoder } from '../codec/libopus.js';
import { packetFramesOf } from '../codec/packet-frames.js';
import { ArrivalDelays, type JitterPurpose } from '../jitter/arrival-delays.js';
import { HASTE } from '../jitter/haste.js';
import { type MissingFrames, MissingPackets } from '../jitter/missing-packets.js';
import { type LivePacket, PacketOrder, type Step, type Verdict } from '../jitter/packet-order.js';
import { ParityMender } from '../jitter/parity.js';
import { SenderLine } from '../jitter/sender-line.js';
import { StartBacklog } from '../jitter/start-backlog.js';
import {
  GUARD_MS,
  LATE_RESERVE_MS,
  LIFT_NOTICED_MS,
  OUTAGE_MS,
  PACKETS_A_TURN,
  REPORT_INTERVAL_MS,
  SPARE_MS,
  STALE_MS,
  TURN_INTERVAL_MS,
} from './limits.js';
import { type LiveDecoder, OpusLiveDecoder, PcmDecoder } from './live-decoder.js';
import { PacketQueueReader, type QueuedPacket } from './packet-queue.js';
import type { Tenant, TenantEvents } from './tenant.js';

/** A live playback stream: what the main thread lends the copies thread for it. */
export interface LiveOrder {
  readonly kind: 'live';
  /** The stream's ring; the copies thread writes it. */
  readonly memory: RingMemory;
  /** A ring of bytes: the packets' queue. */
  readonly queue: RingMemory;
  /** Of the ring; for Opus floats at 48 kHz. */
  readonly spec: FrameSpec;
  readonly codec: Codec;
  readonly purpose: JitterPurpose;
  /** The jitter buffer's depth; 0: what the network needs. */
  readonly depthFrames: number;
}

/** Packets that did not come though later ones did: to be asked for again. */
export interface MissingNews {
  readonly kind: 'missing';
  readonly missing: MissingFrames;
}

/** What a live stream's inflow has come to; counted since it opened. */
export interface LiveNews {
  readonly kind: 'live';
  readonly packets: number;
  readonly latePackets: number;
  readonly lostPackets: number;
  readonly recoveredPackets: number;
  readonly concealedFrames: number;
  /** Thrown away unheard: too old, or more than there was room for. */
  readonly skippedFrames: number;
  /** How far behind the fastest packets it shall be played, and is; one packet's length included. */
  readonly targetFrames: number;
  readonly delayFrames: number;
  readonly packetFrames: number;
  readonly driftPpm: number;
}

/**
 * Live playback on the copies thread:
 *
 *   queue ──▶ PacketOrder ──▶ LiveDecoder ──▶ ring ──▶ voice on the engine thread
 *               │ SenderLine, ArrivalDelays ──▶ live block ──▶ its rate loop
 *
 * Packets are decoded as soon as they are in order; the ring itself is the jitter buffer. What is missing is made up for
 * when the engine will need it before the next look.
 */
export class LiveInflow implements Tenant {
  readonly #queue: PacketQueueReader;
  readonly #backlog: StartBacklog;
  readonly #order: PacketOrder;
  readonly #decoder: LiveDecoder;
  readonly #writer: PlaybackWriter;
  readonly #line: SenderLine;
  readonly #delays: ArrivalDelays;
  readonly #missing: MissingPackets;
  readonly #mender = new ParityMender();
  readonly #block: LiveSenderEnd;
  readonly #sender = emptySenderState();
  readonly #play = emptyPlayState();
  readonly #statusPage: StatusReader;
  readonly #status = emptyStatus();
  readonly #codec: Codec;
  readonly #spec: FrameSpec;
  readonly #rate: number;
  readonly #depthFrames: number;
  readonly #spareMs: number;
  readonly #events: TenantEvents;
  #concealedFrames = 0;
  #unreadable = 0;
  /** Packets from before the stream began. */
  #early = 0;
  #earlyFrames = 0;
  /** What the engine threw away, over all threads that played it. */
  #pastFrames = 0;
  /** Packets that had a length and no sound. */
  #broken = 0;
  #shortestFrames = 0;
  /** Of the packet that came last, behind the line. */
  #latenessMs = 0;
  #arrivedNs = 0;
  /** When something came again after an outage. */
  #resumedNs = 0;
  #dueNs = 0;
  #reportNs = 0;

  constructor(order: LiveOrder, events: TenantEvents) {
    const { memory, spec, codec } = order;
    this.#queue = new PacketQueueReader(order.queue);
    this.#backlog = new StartBacklog(spec.rate);
    this.#order = new PacketOrder(spec.rate);
    this.#decoder = decoderOf(codec, spec);
    this.#writer = new PlaybackWriter(memory);
    this.#line = new SenderLine(spec.rate);
    this.#delays = new ArrivalDelays(order.purpose);
    this.#missing = new MissingPackets(spec.rate);
    this.#block = new LiveSenderEnd(memory);
    this.#statusPage = new StatusReader(memory);
    this.#codec = codec;
    this.#spec = spec;
    this.#rate = spec.rate;
    this.#depthFrames = order.depthFrames;
    this.#spareMs = SPARE_MS[order.purpose];
    this.#sender.haste = HASTE[order.purpose];
    this.#events = events;
  }

  turn(hasTime: () => boolean, nowNs: number): void {
    for (let taken = 0; taken < PACKETS_A_TURN && (taken === 0 || hasTime()); taken++) {
      const packet = this.#queue.take();
      if (!packet) break;
      if (packet.kind === 'parity') this.#mend(packet, nowNs);
      else this.#receive(packet, nowNs);
      this.#write(false);
    }
    if (nowNs >= this.#dueNs) this.#look(nowNs);
    if (nowNs >= this.#reportNs) this.#report(nowNs);
  }

  close(): void {
    this.#decoder.free();
  }

  #receive({ frame, arrivalNs, kind, skew, data }: QueuedPacket, nowNs: number): void {
    const frames = packetFramesOf(data, this.#codec, this.#spec);
    if (frames === undefined) {
      // No packet at all: in its place there will be a gap.
      this.#unreadable++;
      return;
    }
    const end = frame + frames;
    if (!this.#backlog.isOver(end, arrivalNs / 1e6)) {
      this.#early++;
      this.#earlyFrames += frames;
      return;
    }
    const packet = { frame, frames, data };
    this.#mender.note(packet);
    const verdict = this.#arrive(packet, arrivalNs, nowNs);
    switch (verdict) {
      case 'moved':
        this.#line.reset();
        this.#delays.reset();
        this.#missing.reset();
        break;
      case 'taken':
      case 'late':
        break;
      default:
        return;
    }
    this.#noteSilence(arrivalNs);
    if (skew) this.#line.told(skew);
    // What a sender held back during an outage says nothing of the network's jitter.
    const heldBack = !this.#line.empty && this.#line.timeNsOf(end) < this.#resumedNs;
    // It can be played once this thread has it: its waiting for us is part of its delay.
    const again = kind === 'again';
    const delayMs = this.#line.note(end, arrivalNs) + (nowNs - arrivalNs) / 1e6;
    this.#lift();
    this.#latenessMs = delayMs + this.#extraMs(frames);
    if (!heldBack) this.#delays.note(this.#latenessMs, nowNs / 1e6, again);
    const awaitedNext = this.#depthFrames === 0 && this.#delays.awaitsAgain(delayMs);
    this.#ask(this.#missing.note({ frame, frames, again, inTime: verdict !== 'late', awaitedNext }, nowNs / 1e6));
  }

  /** A sender that stood still for some ms, and all that follows is later: its sound goes on as it is heard. */
  #lift(): void {
    const liftMs = this.#line.takeLiftMs();
    if (liftMs > LIFT_NOTICED_MS) this.#delays.lift(liftMs);
  }

  #noteSilence(arrivalNs: number): void {
    if (arrivalNs - this.#arrivedNs > OUTAGE_MS * 1e6) this.#resumedNs = arrivalNs;
    this.#arrivedNs = arrivalNs;
  }

  /** What was made of others says nothing of the network's delay: it took its way with them. */
  #mend({ frame, arrivalNs, data: parity }: QueuedPacket, nowNs: number): void {
    const packet = this.#mender.mend(frame, parity);
    if (!packet || packetFramesOf(packet.data, this.#codec, this.#spec) !== packet.frames) return;
    if (this.#behindNs(packet, arrivalNs) > this.#staleNs()) return;
    const inTime = this.#arrive(packet, arrivalNs, nowNs) === 'taken';
    this.#ask(this.#missing.note({ ...packet, again: false, mended: true, inTime }, nowNs / 1e6));
  }

  #arrive(packet: LivePacket, arrivalNs: number, nowNs: number): Verdict {
    if (!this.#playing() && this.#writer.fill() === 0) this.#order.fallSilent();
    return this.#order.arrive(packet, nowNs, this.#behindNs(packet, arrivalNs), this.#staleNs());
  }

  #behindNs({ frame, frames }: LivePacket, arrivalNs: number): number {
    return this.#line.empty ? 0 : arrivalNs - this.#line.timeNsOf(frame + frames);
  }

  #staleNs(): number {
    return (this.#targetFrames() * 1e9) / this.#rate + STALE_MS * 1e6;
  }

  #ask(missing: readonly MissingFrames[]): void {
    for (const frames of missing) this.#events.tell({ kind: 'missing', missing: frames });
  }

  /** Looks whether the engine will need what is missing before the next look, and when it will. */
  #look(nowNs: number): void {
    // A status that is being written says nothing; the next look is soon enough.
    if (!this.#statusPage.read(this.#status)) return;
    const { state, frame, timeNs, quantumFrames } = this.#status;
    if (state !== STREAM_STATE.playing || quantumFrames === 0) {
      if (this.#order.waitingFrames > this.#targetFrames()) this.#write(true);
      this.#dueNs = 0;
      return;
    }
    const quantumNs = (quantumFrames * 1e9) / this.#rate;
    const dueNs = () => {
      const quanta = Math.floor((this.#writer.frames - frame - SPARE_FRAMES) / quantumFrames);
      return timeNs + (quanta + 1) * quantumNs - GUARD_MS * 1e6;
    };
    while (dueNs() <= nowNs && this.#write(true));
    // A moved anchor or another quantum shows at the latest then.
    this.#dueNs = Math.min(dueNs(), nowNs + quantumNs);
  }

  /** Writes what can be written; where the reader is about to need it (`due`), one piece of what is missing. True: something. */
  #write(due: boolean): boolean {
    let wrote = false;
    for (let step = this.#order.step(due, this.#excessFrames()); step; step = this.#order.step(false)) {
      if (!this.#carryOut(step)) return false;
      wrote = true;
    }
    return wrote;
  }

  /**
   * What was made up for late packets delays those that come now: by how much more than the target asks for. Where what comes now
   * is late itself, more of the same may follow: a little of it is kept.
   */
  #excessFrames(): number {
    if (this.#order.bridgedFrames === 0 || !this.#block.hear(this.#play)) return 0;
    const targetFrames = this.#targetFrames();
    const lateFrames = this.#depthFor(this.#latenessMs) - targetFrames;
    const keptFrames = Math.max(0, Math.min(lateFrames, this.#framesOf(LATE_RESERVE_MS)));
    const wantedFrames = targetFrames + keptFrames + this.#status.quantumFrames + HELD_FRAMES;
    return this.#play.latencyFrames + this.#order.bridgedFrames - wantedFrames;
  }

  #carryOut(step: Step): boolean {
    switch (step.kind) {
      case 'play':
        return this.#playPacket(step.packet);
      case 'lost':
        return this.#conceal(step.frames, step.next?.data);
      case 'bridge':
        return this.#conceal(step.frames);
    }
  }

  #playPacket(packet: LivePacket): boolean {
    const { frame, frames, data } = packet;
    if (this.#writer.fill() + frames > this.#roomFrames()) {
      // Nobody takes it (paused, without an output), or the sender is faster than any clock.
      this.#order.drop(packet);
      this.#decoder.jump();
      return false;
    }
    const pcm = this.#decoder.decode(data);
    if (!pcm) this.#broken++;
    // First where the line is, then the frames: the engine may start on them at once.
    this.#tellLine(frame);
    if (!pcm) return this.#conceal(frames);
    this.#writer.write(pcm);
    return true;
  }

  #conceal(frames: number, next?: Uint8Array): boolean {
    this.#concealedFrames += this.#writer.write(this.#decoder.conceal(frames, next));
    return true;
  }

  /** The sender's frame `frame` comes to lie where the ring ends now. */
  #tellLine(frame: number): void {
    const sender = this.#sender;
    sender.anchorFrame = this.#writer.frames;
    sender.anchorTimeNs = this.#line.timeNsOf(frame);
    sender.nsPerFrame = this.#line.nsPerFrame;
    sender.targetFrames = this.#targetFrames();
    this.#block.tell(sender);
  }

  /** A packet's first frame has waited for its last one: a longer packet is as much later as one that comes later. */
  #extraMs(frames: number): number {
    this.#shortestFrames = Math.min(this.#shortestFrames || frames, frames);
    return ((frames - this.#shortestFrames) * 1000) / this.#rate;
  }

  /** Behind the line on which the fastest packets end. */
  #targetFrames(): number {
    if (this.#depthFrames === 0) return this.#depthFor(this.#delays.targetMs + this.#spareMs);
    return Math.max(this.#depthFrames, this.#order.packetFrames + this.#framesOf(TURN_INTERVAL_MS));
  }

  /** In which a packet that is so late is in time. */
  #depthFor(latenessMs: number): number {
    return this.#shortestFrames + this.#framesOf(TURN_INTERVAL_MS + latenessMs);
  }

  #framesOf(ms: number): number {
    return (ms * this.#rate) / 1000;
  }

  /** What the ring may hold: all of it while it is played, else no more than it would while it is. */
  #roomFrames(): number {
    const capacityFrames = this.#writer.fill() + this.#writer.free();
    if (this.#playing()) return capacityFrames;
    return Math.min(capacityFrames, 2 * (this.#targetFrames() + this.#status.quantumFrames + this.#order.packetFrames));
  }

  #playing(): boolean {
    return this.#status.state === STREAM_STATE.playing;
  }

  #report(nowNs: number): void {
    this.#reportNs = nowNs + REPORT_INTERVAL_MS * 1e6;
    const { packets, late, lost, skippedFrames } = this.#order.counts;
    const heardFrames = this.#play.skippedFrames;
    this.#block.hear(this.#play);
    // On another output it is counted from 0 again.
    const anew = this.#play.skippedFrames < heardFrames;
    this.#pastFrames += this.#play.skippedFrames - (anew ? 0 : heardFrames);
    const { readFrame, timeNs, driftPpm } = this.#play;
    const { anchorFrame, anchorTimeNs, nsPerFrame, targetFrames } = this.#sender;
    const lineFrame = nsPerFrame > 0 ? anchorFrame + (timeNs - anchorTimeNs) / nsPerFrame : readFrame;
    const news: LiveNews = {
      kind: 'live',
      packets: packets + this.#unreadable + this.#early,
      latePackets: late,
      lostPackets: lost + this.#broken,
      recoveredPackets: this.#missing.recovered,
      concealedFrames: this.#concealedFrames,
      skippedFrames: skippedFrames + this.#earlyFrames + this.#pastFrames,
      targetFrames: Math.round(targetFrames),
      delayFrames: Math.max(0, Math.round(lineFrame - readFrame)),
      packetFrames: this.#order.packetFrames,
      driftPpm,
    };
    // Where too many wait, the next one says the same and more.
    this.#events.tell(news);
  }
}

/** What the engine's resampler holds, at most. */
const HELD_FRAMES = 64;
/** What a resampler may take beyond a quantum: its ratio is not quite that of the rates. */
const SPARE_FRAMES = 8;

function decoderOf(codec: Codec, spec: FrameSpec): LiveDecoder {
  const decoder = codec === 'opus' ? OpusDecoder.open(spec.channels) : undefined;
  if (decoder) return new OpusLiveDecoder(decoder, spec.channels);
  if (codec === 'opus') throw new Error('libopus made no decoder');
  return new PcmDecoder(spec);
}
