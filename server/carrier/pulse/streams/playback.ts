import { WeirError } from '../../../observe/errors.js';
import type { PlaybackStream } from '../../../stream/playback-path.js';
import type { StreamNews } from '../../../stream/stream.js';
import type { Block } from '../buffer/block.js';
import type { GrantedPlayback, PlaybackWish } from '../buffer/playback-attr.js';
import type { PlaybackBuffer } from '../buffer/playback-buffer.js';
import type { ChargedProplist } from '../charged-proplist.js';
import type { FlowInfo } from '../describe/streams.js';
import { Balance, positionOf } from '../describe/volumes.js';
import type { Placing } from '../formats/placing.js';
import type { PulseClient } from '../pulse-client.js';
import type { PlaybackLatency } from '../wire/messages/stream-control.js';
import type { SeekMode } from '../wire/numbers.js';
import type { PcmShape } from '../wire/values/format-info.js';
import type { Proplist } from '../wire/values/proplist.js';
import { frameBytesOf } from '../wire/values/sample-spec.js';
import type { ChannelVolumes } from '../wire/values/volume.js';
import { Drains } from './drains.js';
import { PlaybackEvents } from './playback-events.js';
import { PlaybackMetrics } from './playback-metrics.js';
import { PlaybackTiming } from './playback-timing.js';
import { RingFeed } from './ring-feed.js';

export interface PlaybackParts {
  readonly client: PulseClient;
  readonly channel: number;
  readonly stream: PlaybackStream;
  readonly buffer: PlaybackBuffer;
  readonly shape: PcmShape;
  readonly placing: Placing;
  readonly wish: PlaybackWish;
  readonly said: ChargedProplist;
  readonly syncId: number;
  /** It ends where its output lets go of the device. */
  readonly failsOnSuspend: boolean;
}

/**
 * A client's playback stream:
 *
 *   block ──copied once──▶ buffer (bytes, seeks, credit) ──RingFeed──▶ ring ──▶ engine
 *
 * The buffer is asked whenever something may have changed: a block came, the engine took so much that the client is to send more, or a
 * request changed it.
 */
export class PulsePlayback implements FlowInfo {
  readonly direction = 'playback';
  readonly channel: number;
  readonly syncId: number;
  readonly failsOnSuspend: boolean;
  readonly stream: PlaybackStream;
  readonly shape: PcmShape;
  readonly said: ChargedProplist;
  readonly #client: PulseClient;
  readonly #buffer: PlaybackBuffer;
  readonly #feed: RingFeed;
  readonly #metrics: PlaybackMetrics;
  readonly #drains: Drains;
  readonly #events: PlaybackEvents;
  readonly #timing: PlaybackTiming;
  readonly #frameBytes: number;
  readonly #placing: Placing;
  #balance: Balance;
  #resting = false;
  #held = false;
  #closed = false;

  constructor({ client, channel, syncId, stream, buffer, shape, placing, wish, said, failsOnSuspend }: PlaybackParts) {
    this.failsOnSuspend = failsOnSuspend;
    this.channel = channel;
    this.syncId = syncId;
    this.stream = stream;
    this.shape = shape;
    this.said = said;
    this.#client = client;
    this.#buffer = buffer;
    this.#feed = new RingFeed(stream.memory, shape.spec, placing, buffer);
    this.#metrics = new PlaybackMetrics(stream, buffer, this.#feed, shape.spec, wish);
    this.#timing = new PlaybackTiming(buffer, this.#feed, shape.spec);
    this.#drains = new Drains(stream, () => {
      this.#feed.catchUp();
      buffer.drained();
    });
    this.#events = new PlaybackEvents(client, channel);
    this.#frameBytes = frameBytesOf(shape.spec);
    this.#placing = placing;
    this.#balance = Balance.even(shape.spec.channels);
  }

  get attr(): GrantedPlayback {
    return this.#metrics.attr;
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
    const us = (frames: number) => Math.round((frames * 1e6) / this.shape.spec.rate);
    return Math.max(0, us(this.#buffer.lengthBytes / this.#frameBytes) - us(this.#feed.fillFrames));
  }

  /** The first credit: the reply that opens the stream tells it. */
  takeCredit(): number {
    return this.#buffer.takeCredit();
  }

  write(block: Block, offset: number, seek: SeekMode): void {
    if (this.#feed.write(block, offset, seek) === 'overflow') this.#events.overflow();
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
    this.#feed.catchUp();
    this.#feed.fill();
  }

  /** Second part, of all members of a group in one batch: what keeps still, and what may start. */
  order(): void {
    this.#rest();
    const held = (this.#buffer.group?.members.size ?? 0) > 1 && !this.#buffer.playing && this.#feed.fillFrames === 0;
    if (held === this.#held) return;
    this.#held = held;
    this.stream.hold(held);
  }

  /** Last part: what there is to say, and when to look again. */
  finish(): void {
    this.stream.lateFrames = Math.floor(this.#buffer.lateBytes / this.#frameBytes);
    this.#events.progress(this.#buffer);
    if (this.#drains.due && this.#buffer.handedAll) this.#drains.begin();
    this.#feed.askToWake();
  }

  cork(corked: boolean): void {
    this.#feed.catchUp();
    this.#buffer.cork(corked);
    this.serve();
    this.#client.house.mixerFeed.touch();
  }

  flush(): void {
    this.#feed.catchUp();
    this.#buffer.flush();
    this.stream.skip(this.#feed.writtenFrames);
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
    const refused = this.#drains.add(done);
    if (refused) return done(refused);
    this.#buffer.drain();
    this.serve();
  }

  latency(clientTimeUs: number): PlaybackLatency {
    this.serve();
    return this.#timing.reply(clientTimeUs);
  }

  setAttr(wish: PlaybackWish): GrantedPlayback {
    const attr = this.#metrics.setWish(wish);
    this.serve();
    return attr;
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

  tellSuspended(suspended: boolean): void {
    this.#events.suspended(suspended);
  }

  /** News of the engine's. */
  hear(news: StreamNews): void {
    if (news.kind === 'moved') this.#moved();
    else if (news.kind === 'closed') this.#events.killed();
    else if (news.kind === 'timing' && this.#metrics.retime()) this.#events.resized(this.attr);
    this.serve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drains.end(new WeirError('STREAM_NOT_FOUND', 'the stream ended before it had drained'));
    this.#buffer.group?.leave(this.#buffer);
    this.#buffer.free();
    this.said.free();
  }

  /** An empty ring needs no order to keep still, and so begins without a fade. */
  #rest(): void {
    const resting = this.#buffer.resting && this.#feed.fillFrames > 0;
    if (resting === this.#resting) return;
    this.#resting = resting;
    this.stream.setPaused(resting);
  }

  #moved(): void {
    const { output } = this.stream;
    if (!output) return;
    this.#metrics.retime();
    this.#events.moved(output, this.attr);
  }
}
