import { STREAM_STATE } from '../engine/blocks.js';
import type { Output } from '../engine/output.js';
import { type Pool, privateRingBytes } from '../mempool/pool.js';
import type { Charge } from '../mempool/quota.js';
import { WeirError } from '../observe/errors.js';
import type { FeedPacket } from './copies/feed-tenant.js';
import { type Feed, type FeedListener, feedRingShape, type FeedWish } from './feed.js';
import { feedWish } from './feed-wish.js';
import type { Feeds } from './feeds.js';
import type { MissingFrames } from './jitter/missing-packets.js';
import { SentPackets, TWICE_AFTER_MS } from './jitter/sent-packets.js';
import { DROPS_TOLD_INTERVAL_MS } from './limits.js';
import type { Stream, StreamOpening, StreamOwner, StreamReport, StreamRequest } from './stream.js';

/**
 * Record by copies, from an output's monitor to the client: one of the listeners of a feed.
 *
 *   mix ──▶ feed ──▶ packet, made once ──▶ AudioPacket of each listener
 *
 * Its frames are counted since it opened, whatever feeds it heard since; it begins at a packet's border. An Opus decoder that
 * joins so needs a few packets to sound as if it had heard all before.
 */
export class ListenStream implements Stream, FeedListener {
  readonly opening: StreamOpening;
  readonly volume = 1;
  readonly muted = false;
  output: Output | undefined;
  readonly #feeds: Feeds;
  readonly #wish: FeedWish;
  /** Whose it was when it opened: his playback is left out, his share of the engine it takes. */
  readonly #client: number;
  readonly #charge: Charge;
  readonly #sent = new SentPackets<FeedPacket>();
  #feed: Feed | undefined;
  #paused: boolean;
  #closed = false;
  /** Of the next packet, if none is lost before it. */
  #nextFrame = 0;
  /** From the feed's positions to this stream's; unknown until its first packet. */
  #offset: number | undefined;
  #droppedFrames = 0;
  #toldFrames = 0;
  #toldAtMs = -Infinity;

  /** Opus where it is asked for and an encoder can be had, else PCM. */
  static open(
    number: number,
    request: StreamRequest,
    owner: StreamOwner,
    pool: Pool,
    output: Output,
    feeds: Feeds,
  ): ListenStream | WeirError {
    const open = (codec: StreamRequest['codec']): ListenStream | WeirError => {
      const wish = feedWish(request, codec, owner.party);
      const charge = pool.hold(privateRingBytes(feedRingShape(wish)));
      if (charge instanceof WeirError) return charge;
      const stream = new ListenStream(number, request, owner, wish, charge, output, feeds);
      const refused = request.paused ? undefined : stream.#enter(output);
      if (!refused) return stream;
      charge.release();
      return refused;
    };
    const stream = open(request.codec);
    return stream instanceof WeirError && request.codec !== 'pcm' ? open('pcm') : stream;
  }

  private constructor(
    readonly number: number,
    public request: StreamRequest,
    /** Another connection of the same peer may take it over. */
    public owner: StreamOwner,
    wish: FeedWish,
    charge: Charge,
    output: Output,
    feeds: Feeds,
  ) {
    this.#feeds = feeds;
    this.#wish = wish;
    this.#client = owner.party;
    this.#charge = charge;
    this.#paused = request.paused;
    this.output = output;
    this.opening = {
      capacityFrames: feedRingShape(wish).capacityFrames,
      controlBytes: 0,
      dataBytes: 0,
      fillFrames: 0,
      quantumFrames: this.#quantumFrames(output),
      grantedFrames: 0,
      codec: wish.opus ? 'opus' : 'pcm',
      fds: [],
    };
  }

  /** A record stream has no fader: what it hears is the mix. */
  setLevel(): void {}

  /** A paused listener hears nothing and costs nothing. */
  setPaused(paused: boolean): void {
    if (paused === this.#paused || this.#closed) return;
    this.#paused = paused;
    if (paused) this.#exit();
    else if (this.output) this.#enterOrEnd(this.output);
  }

  moveTo(output: Output): void {
    if (output === this.output || this.#closed) return;
    this.#exit();
    this.output = output;
    if (!this.#paused && !this.#enterOrEnd(output)) return;
    this.owner.tell(this, { kind: 'moved', device: output.monitorName });
    this.timing(this.#quantumFrames(output));
  }

  take(packet: FeedPacket): void {
    this.#offset ??= this.#nextFrame - packet.frame;
    const frame = packet.frame + this.#offset;
    this.#droppedFrames += frame - this.#nextFrame;
    this.#nextFrame = frame + packet.frames;
    if (!this.owner.copies?.hear(this, frame, packet, false)) this.#droppedFrames += packet.frames;
    else {
      if (this.owner.copies.losesSound) this.#keep(frame, packet);
      this.#tellDropped();
    }
  }

  /** Its listener asks for what the network lost. */
  sendAgain(missing: MissingFrames): void {
    if (!this.owner.copies?.losesSound) return;
    for (const { frame, packet } of this.#sent.again(missing, performance.now())) {
      this.owner.copies.hear(this, frame, packet, true);
    }
  }

  handOver(to: StreamOwner, pool: Pool, epoch: number): WeirError | undefined {
    const refused = pool.adopt([this.#charge]);
    if (refused) return refused;
    this.owner = to;
    this.request = { ...this.request, epoch };
    return undefined;
  }

  /** A listener keeps no fill. */
  timing(quantumFrames: number): void {
    this.owner.tell(this, { kind: 'timing', quantumFrames, fillFrames: 0 });
  }

  orphaned(): void {
    this.#feed = undefined;
    this.#offset = undefined;
    this.output = undefined;
    this.owner.tell(this, { kind: 'orphaned' });
  }

  failed(why: WeirError): void {
    this.#feed = undefined;
    this.owner.tell(this, { kind: 'closed', why });
  }

  report(): StreamReport {
    const last = this.#feed?.last;
    const captureUs = this.#feed?.captureUs ?? 0;
    const idle = this.#paused ? STREAM_STATE.paused : STREAM_STATE.filling;
    return {
      state: this.output ? (last?.state ?? idle) : STREAM_STATE.orphaned,
      fillFrames: last?.fillFrames ?? 0,
      latencyFrames: Math.round((captureUs * this.request.spec.rate) / 1e6),
      starvedFrames: 0,
      underruns: 0,
      droppedFrames: this.#droppedFrames,
      // What comes after its leaving, only the listener knows.
      hops: { captureUs, networkUs: 0, jitterUs: 0, mixUs: 0, deviceUs: 0 },
    };
  }

  levels(): undefined {
    return undefined;
  }

  pump(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#exit();
    this.#charge.release();
  }

  #enter(output: Output): WeirError | undefined {
    const feed = this.#feeds.join(this, this.#wish, output, this.#client);
    if (feed instanceof WeirError) return feed;
    this.#feed = feed;
    return undefined;
  }

  #enterOrEnd(output: Output): boolean {
    const why = this.#enter(output);
    if (why) this.owner.tell(this, { kind: 'closed', why });
    return !why;
  }

  #exit(): void {
    this.#feed?.leave(this);
    this.#feed = undefined;
    this.#offset = undefined;
  }

  #keep(frame: number, packet: FeedPacket): void {
    const nowMs = performance.now();
    this.#sent.keep(frame, packet, nowMs);
    if (!this.#sent.isTwice(nowMs)) return;
    setTimeout(() => {
      if (!this.#closed && this.owner.copies?.losesSound) this.owner.copies.hear(this, frame, packet, false);
    }, TWICE_AFTER_MS);
  }

  #quantumFrames(output: Output): number {
    const { spec, latencyUs } = this.#wish;
    const latencyFrames = Math.floor((latencyUs * spec.rate) / 1e6);
    return output.timingOf({ spec, latencyFrames, memory: feedRingShape(this.#wish) }).quantumFrames;
  }

  /** What it did not get, told once it keeps up again. */
  #tellDropped(): void {
    const frames = this.#droppedFrames - this.#toldFrames;
    if (frames === 0) return;
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs < DROPS_TOLD_INTERVAL_MS) return;
    this.#toldFrames += frames;
    this.#toldAtMs = nowMs;
    this.owner.tell(this, { kind: 'dropped', frames, code: 'READER_STALLED' });
  }
}
