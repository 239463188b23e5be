import { nowNs } from '../../../../native-shim/sys.js';
import { LOOK_AHEAD_FRAMES } from '../../../engine/limits.js';
import { PlaybackWriter, StatusReader, emptyStatus, WakeRequest } from '../../../mempool/ring.js';
import { WeirError } from '../../../observe/errors.js';
import type { PlaybackStream } from '../../../stream/playback-path.js';
import type { StreamNews } from '../../../stream/stream.js';
import type { Block } from '../buffer/block.js';
import type { PlaybackAttr, PlaybackWish } from '../buffer/playback-attr.js';
import { requestBytes, settlePlayback } from '../buffer/playback-attr.js';
import { type PlaybackBuffer } from '../buffer/playback-buffer.js';
import { PlaybackClock } from '../buffer/playback-clock.js';
import type { SeekMode } from '../wire/numbers.js';
import type { ChargedProplist } from '../charged-proplist.js';
import type { FlowInfo } from '../describe/streams.js';
import { Balance, positionOf } from '../describe/volumes.js';
import { FrameConverter } from '../formats/frame-converter.js';
import type { Placing } from '../formats/placing.js';
import type { PulseClient } from '../pulse-client.js';
import type { PlaybackLatency } from '../wire/messages/stream-control.js';
import type { PcmShape } from '../wire/values/format-info.js';
import type { Proplist } from '../wire/values/proplist.js';
import { frameBytesOf } from '../wire/values/sample-spec.js';
import type { ChannelVolumes } from '../wire/values/volume.js';
import { grantedUs, playbackWishUs } from './latency-wish.js';
import { DRAINS_MAX, RING_AHEAD_US } from './limits.js';
import { wallClockUs } from './wall-clock.js';

export interface PlaybackParts {
  readonly client: PulseClient;
  readonly channel: number;
  readonly stream: PlaybackStream;
  readonly buffer: PlaybackBuffer;
  readonly shape: PcmShape;
  readonly placing: Placing;
  readonly wish: PlaybackWish;
  readonly said: ChargedProplist;
  readonly balance: Balance;
  readonly syncId: number;
}

/**
 * A client's playback stream:
 *
 *   block ──copied once──▶ buffer (bytes, seeks, credit) ──▶ ring ──▶ engine
 *
 * A block that follows what is in the ring is copied straight there: 64 queues are more memory than a processor keeps at hand.
 * The buffer is asked whenever something may have changed: a block came, the engine took so much that the client is to send more, or a
 * request changed it.
 */
export class PulsePlayback implements FlowInfo {
  readonly direction = 'playback';
  readonly channel: number;
  readonly syncId: number;
  readonly stream: PlaybackStream;
  readonly shape: PcmShape;
  readonly said: ChargedProplist;
  attr: PlaybackAttr & { latencyUs: number };
  readonly #client: PulseClient;
  readonly #buffer: PlaybackBuffer;
  #wish: PlaybackWish;
  #balance: Balance;
  readonly #frameBytes: number;
  readonly #placing: Placing;
  readonly #converter: FrameConverter;
  readonly #rate: number;
  readonly #writer: PlaybackWriter;
  readonly #wake: WakeRequest;
  readonly #page: StatusReader;
  readonly #status = emptyStatus();
  readonly #clock: PlaybackClock;
  /** Bound once: a block's way to the ring makes no closure. */
  readonly #toRing = (bytes: Uint8Array): number => this.#converter.toRing(bytes, this.#write);
  readonly #straight = (block: Block, bytes: number): number => {
    const frames = Math.min(bytes / this.#frameBytes, this.#roomFrames());
    return frames > 0 ? this.#writer.writeFrom(block, frames) * this.#frameBytes : 0;
  };
  readonly #write = (frames: Uint8Array): number => this.#writer.write(frames);
  #frames = 0;
  #starvedFrames = 0;
  #resting = false;
  #held = false;
  #drains: ((failure?: WeirError) => void)[] = [];
  #drainTold = false;
  /** What the ring is filled to, and when it is filled again: two quanta stay, so that this thread may be late by one. A machine that stood still has the engine mix three in a row (device/pacer.ts). */
  #ringFrames = 0;
  #refillFrames = 0;
  #closed = false;

  constructor({ client, channel, syncId, stream, buffer, shape, placing, wish, said, balance }: PlaybackParts) {
    this.channel = channel;
    this.syncId = syncId;
    this.stream = stream;
    this.shape = shape;
    this.said = said;
    this.#balance = balance;
    this.#client = client;
    this.#buffer = buffer;
    this.#wish = wish;
    this.#frameBytes = frameBytesOf(shape.spec);
    this.#placing = placing;
    this.#converter = new FrameConverter(shape.spec, placing);
    this.#rate = shape.spec.rate;
    this.#writer = new PlaybackWriter(stream.memory);
    this.#wake = new WakeRequest(stream.memory);
    this.#page = new StatusReader(stream.memory);
    this.#clock = new PlaybackClock(this.#frameBytes * this.#rate);
    this.attr = this.#settle();
    buffer.resize(this.attr);
  }

  get corked(): boolean {
    return this.#buffer.corked;
  }

  get volumes(): ChannelVolumes {
    return this.#balance.at(this.stream.volume);
  }

  get muted(): boolean {
    return this.stream.muted;
  }

  get properties(): Proplist {
    return this.said.value;
  }

  get queuedUs(): number {
    return Math.max(0, this.#usOf(this.#buffer.lengthBytes) - Math.round((this.#writer.fill() * 1e6) / this.#rate));
  }

  /** The first credit: the reply that opens the stream tells it. */
  takeCredit(): number {
    return this.#buffer.takeCredit();
  }

  write(block: Block, offset: number, seek: SeekMode): void {
    // Where the ring holds something it has not run dry since the last look: what that did to the buffer is known.
    const straight = this.#converter.untouched && this.#writer.fill() > 0 ? this.#straight : undefined;
    if (this.#buffer.write(block, offset, seek, straight) === 'overflow')
      this.#client.say('OVERFLOW', { channel: this.channel });
    this.serve();
  }

  /** Moves on what can be, says what there is to say, and asks the engine to be told when there is more. */
  serve(): void {
    if (this.#closed) return;
    const others = this.#buffer.group;
    if (others && others.members.size > 1) return this.#client.flows.serveGroup(this);
    this.advance();
    this.order();
    this.finish();
  }

  /** First part of a turn: what the engine took, and what it can have. */
  advance(): void {
    this.#catchUp();
    this.#fillRing();
  }

  /** Second part, of all members of a group in one batch: what keeps still, and what may start. */
  order(): void {
    this.#rest();
    const held = (this.#buffer.group?.members.size ?? 0) > 1 && !this.#buffer.playing && this.#writer.fill() === 0;
    if (held === this.#held) return;
    this.#held = held;
    this.stream.hold(held);
  }

  /** Last part: what there is to say, and when to look again. */
  finish(): void {
    this.stream.lateFrames = Math.floor(this.#buffer.lateBytes / this.#frameBytes);
    this.#speak();
    this.#drainRing();
    this.#ask();
  }

  cork(corked: boolean): void {
    this.#catchUp();
    this.#buffer.cork(corked);
    this.serve();
    this.#client.house.mixerFeed.touch();
  }

  flush(): void {
    this.#catchUp();
    this.#buffer.flush();
    this.stream.skip(this.#writer.frames);
    this.serve();
  }

  trigger(): void {
    this.#buffer.trigger();
    this.serve();
  }

  prebuf(): void {
    this.#buffer.rearm();
    this.serve();
  }

  /** `done` once all that came was heard. */
  drain(done: (failure?: WeirError) => void): void {
    if (this.#drains.length >= DRAINS_MAX) return done(new WeirError('TOO_BUSY', `${DRAINS_MAX} drains are waiting`));
    this.#drains.push(done);
    this.#buffer.drain();
    this.serve();
  }

  latency(clientTimeUs: number): PlaybackLatency {
    this.serve();
    const { timeNs, delayFrames } = this.#status;
    const buffer = this.#buffer;
    const moment = {
      readIndex: buffer.readIndex,
      staleBytes: buffer.staleBytes,
      playing: buffer.playing,
      timeNs,
      delayUs: (delayFrames * 1e6) / this.#rate,
    };
    return {
      latencyUs: this.#clock.latencyUs(moment, nowNs()),
      sourceLatencyUs: 0,
      playing: buffer.playing,
      clientTimeUs,
      serverTimeUs: wallClockUs(),
      writeIndex: buffer.writeIndex,
      readIndex: buffer.readIndex,
      underrunBytes: buffer.underrunForBytes < 0 ? undefined : buffer.underrunForBytes,
      playingBytes: Math.max(0, buffer.playingForBytes),
    };
  }

  setAttr(wish: PlaybackWish): PlaybackAttr & { latencyUs: number } {
    this.#wish = wish;
    this.attr = this.#settle((deviceUs) => this.stream.setLatency(playbackWishUs(deviceUs)));
    this.#buffer.resize(this.attr);
    this.serve();
    return this.attr;
  }

  setVolumes(volumes: ChannelVolumes): WeirError | undefined {
    const balance = Balance.of(volumes, this.shape.spec.channels);
    if (balance instanceof WeirError) return balance;
    this.#balance = balance;
    this.stream.setLevel(positionOf(volumes), this.stream.muted);
    this.stream.setBalance(balance.gains(this.#placing));
    this.#client.pulse.subscriptions.changed('SINK_INPUT', this.stream.number);
    this.#client.house.mixerFeed.touch();
    return undefined;
  }

  setMuted(muted: boolean): WeirError | undefined {
    this.stream.setLevel(this.stream.volume, muted);
    this.#client.house.mixerFeed.touch();
    return undefined;
  }

  /** Its output let go of its device, or took it again. */
  tellSuspended(suspended: boolean): void {
    this.#client.say('PLAYBACK_STREAM_SUSPENDED', { channel: this.channel, suspended });
  }

  /** News of the engine's. */
  hear(news: StreamNews): void {
    if (news.kind === 'moved') this.#moved();
    else if (news.kind === 'closed') this.#client.say('PLAYBACK_STREAM_KILLED', { channel: this.channel });
    else if (news.kind === 'timing') this.#retime();
    this.serve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const why = new WeirError('STREAM_NOT_FOUND', 'the stream ended before it had drained');
    for (const done of this.#drains.splice(0)) done(why);
    this.#buffer.group?.leave(this.#buffer);
    this.#buffer.free();
    this.said.free();
  }

  /** What the engine took, and the silence that it played, since the last look. */
  #catchUp(): void {
    const status = this.#status;
    if (!this.#page.readNew(status)) return;
    const consumed = status.frame - this.#frames;
    // Another engine thread counts anew.
    const starved = status.starvedFrames - (status.starvedFrames < this.#starvedFrames ? 0 : this.#starvedFrames);
    this.#frames = status.frame;
    this.#starvedFrames = status.starvedFrames;
    this.#buffer.advance(consumed * this.#frameBytes, starved * this.#frameBytes);
  }

  #fillRing(): void {
    const frames = this.#roomFrames();
    if (frames > 0) this.#buffer.handOver(frames * this.#frameBytes, this.#toRing);
  }

  #roomFrames(): number {
    return this.#ringFrames - this.#writer.fill();
  }

  /** An empty ring needs no order to keep still, and so begins without a fade. */
  #rest(): void {
    const resting = this.#buffer.resting && this.#writer.fill() > 0;
    if (resting === this.#resting) return;
    this.#resting = resting;
    this.stream.setPaused(resting);
  }

  #speak(): void {
    const { channel } = this;
    const buffer = this.#buffer;
    if (buffer.takeStarted()) this.#client.say('STARTED', { channel });
    if (buffer.takeUnderflow()) this.#client.say('UNDERFLOW', { channel, readIndex: buffer.readIndex });
    const bytes = buffer.takeCredit();
    if (bytes > 0) this.#client.say('REQUEST', { channel, bytes });
  }

  #drainRing(): void {
    if (this.#drains.length === 0 || this.#drainTold || !this.#buffer.handedAll) return;
    this.#drainTold = true;
    this.stream.drain((failure) => {
      this.#drainTold = false;
      if (failure || this.#closed) {
        for (const done of this.#drains.splice(0)) done(failure);
        return;
      }
      this.#catchUp();
      this.#buffer.drained();
      for (const done of this.#drains.splice(0)) done();
    });
  }

  /** When the ring has come down so far that it wants more, or the client is to be asked for more. */
  #ask(): void {
    const buffer = this.#buffer;
    if (buffer.corked) return;
    const fill = this.#writer.fill();
    const refillAt = buffer.readyBytes > 0 ? this.#refillFrames : -1;
    const creditAt = fill - Math.ceil(buffer.requestBytes / this.#frameBytes);
    const runsOn = this.attr.prebuf === 0 && fill === 0 ? 0 : -1;
    const at = Math.max(refillAt, creditAt, runsOn);
    if (at >= 0) this.#wake.ask(at);
  }

  #settle(ask?: (deviceUs: number) => void): PlaybackAttr & { latencyUs: number } {
    const rate = { frameBytes: this.#frameBytes, bytesPerSecond: this.#frameBytes * this.#rate };
    const granted = (wantedUs: number) => {
      ask?.(wantedUs);
      return grantedUs(wantedUs, this.#quantumUs(), playbackWishUs(wantedUs));
    };
    const quantumBytes = () => this.#quantumFrames() * this.#frameBytes;
    const attr = settlePlayback(this.#wish, rate, granted, { quantumBytes, lookAheadUs: this.#lookAheadUs() });
    this.#tune(this.#quantumFrames());
    this.#buffer.requestBytes = this.#wish.earlyRequests ? attr.minreq : requestBytes(attr, rate, this.#quantumUs());
    return attr;
  }

  #tune(quantumFrames: number): void {
    const aheadFrames = Math.max(quantumFrames, Math.ceil((RING_AHEAD_US * this.#rate) / 1e6));
    // What another stream wishes of the output makes quanta short, and this one no more delicate than it asked to be.
    const ownFrames = Math.floor((this.stream.request.latencyUs * this.#rate) / 1e6);
    const wantedFrames = Math.max(2 * quantumFrames + aheadFrames, ownFrames);
    this.#ringFrames = Math.min(wantedFrames, this.stream.memory.capacityFrames);
    this.#refillFrames = this.#ringFrames - (aheadFrames >> 1);
    this.#buffer.restartBytes = 2 * quantumFrames * this.#frameBytes;
  }

  /** The quantum changed: the client is told where that changes its metrics. */
  #retime(): void {
    const before = this.attr;
    this.attr = this.#settle();
    if (JSON.stringify(before) === JSON.stringify(this.attr)) return;
    this.#buffer.resize(this.attr);
    this.#client.say('PLAYBACK_BUFFER_ATTR_CHANGED', { channel: this.channel, ...wireAttr(this.attr) });
  }

  #moved(): void {
    const { output } = this.stream;
    if (!output) return;
    this.attr = this.#settle();
    this.#buffer.resize(this.attr);
    this.#client.say('PLAYBACK_STREAM_MOVED', {
      channel: this.channel,
      sink: this.#client.view.indexOf(output),
      sinkName: output.name,
      suspended: output.suspended,
      ...wireAttr(this.attr),
    });
  }

  #quantumFrames(): number {
    return Math.ceil(((this.stream.output?.quantumFrames ?? 0) * this.#rate) / (this.stream.output?.rate ?? 1));
  }

  #lookAheadUs(): number {
    const { output } = this.stream;
    return output ? Math.ceil((LOOK_AHEAD_FRAMES * 1e6) / output.rate) : 0;
  }

  #quantumUs(): number {
    return Math.round((this.#quantumFrames() * 1e6) / this.#rate);
  }

  #usOf(bytes: number): number {
    return Math.round((bytes * 1e6) / (this.#frameBytes * this.#rate));
  }
}

/** Buffer metrics as replies and events have them. */
export function wireAttr({ maxLength, tlength, prebuf, minreq, latencyUs }: PlaybackAttr & { latencyUs: number }) {
  return {
    maxLengthBytes: maxLength,
    targetLengthBytes: tlength,
    prebufBytes: prebuf,
    minRequestBytes: minreq,
    latencyUs,
  };
}
