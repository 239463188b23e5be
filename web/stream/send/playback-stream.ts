import { weir } from '#proto';
import type { Skew } from '../../../server/engine/drift/fastest-line.js';
import { failureOf, type Failure } from '../../session/failure.js';
import type { Session } from '../../session/session.js';
import { LastingStream } from '../lasting-stream.js';
import { PLAY_LIMITS } from '../limits.js';
import type { Level, PcmReason, PlaybackPhase, PlayOrder, PlayStatus, PlayWish, Tuning } from '../play-order.js';
import { LiveOutlet } from './live-outlet.js';
import { canEncodeOpus, OpusEncoder } from './opus-encoder.js';
import type { PacketEncoder, SoundPacket } from './packet-encoder.js';
import { PcmEncoder } from './pcm-encoder.js';
import { guardedSettings, openStreamFor, planFor, type SendingPlan } from './sending-plan.js';

const { Codec, StreamEvent } = weir.v1;

/** What fills a playback stream. */
export interface Filler {
  /** The sender's clock makes the sound; else the server's pulls it by grants. */
  readonly live: boolean;
  readonly progress: Pick<PlayStatus, 'positionFrames' | 'sentFrames'>;
  /** Frames that were thrown away here. */
  readonly lostFrames: number;
  /** The clock that makes live sound by the server's, as far as that is known. */
  readonly skew: Skew | undefined;
  /** A life of the stream begins at frame 0; its packets come from `encoder`. */
  opened(encoder: PacketEncoder, grantedFrames: number): void;
  granted(frames: number): void;
  /** It goes on over another connection, from frame `nextFrame` on: what followed did not arrive. */
  moved(encoder: PacketEncoder, nextFrame: number, grantedFrames: number): void;
  /** The same stream by another encoder, from the next packet's beginning on. */
  recoded(encoder: PacketEncoder): void;
  /** Paused, or no longer. */
  resumed(): void;
  /** That life is over; what it sent may not have been heard. */
  lost(): void;
  /** `packet` left. */
  sent(packet: SoundPacket): void;
  close(): void;
}

/** The worker's side of one playback stream, whatever fills it: opened, paused, lost and opened again, ended. */
export class PlaybackStream {
  readonly #session: Session;
  readonly #order: PlayOrder;
  readonly #filler: Filler;
  readonly #tell: (status: PlayStatus) => void;
  readonly #stream: LastingStream;
  #wish: PlayWish;
  #plan: SendingPlan;
  /** The server has no Opus for us. */
  #pcmAnswered = false;
  #encoder: PacketEncoder | undefined;
  /** Live sound's. */
  #outlet: LiveOutlet | undefined;
  #guarded = false;
  #device: string;
  #phase: PlaybackPhase = 'opening';
  #paused: boolean;
  #level: Level | undefined;
  #failure: Failure | undefined;
  #droppedFrames = 0;
  #toldMs = 0;

  constructor(session: Session, order: PlayOrder, filler: Filler, tell: (status: PlayStatus) => void) {
    this.#session = session;
    this.#order = order;
    this.#filler = filler;
    this.#tell = tell;
    this.#device = order.wish.device;
    this.#paused = order.paused;
    this.#level = order.level;
    this.#wish = order.wish;
    this.#plan = this.#planned();
    this.#stream = new LastingStream(session, order.seed, {
      wanted: () => this.#wanted(),
      opened: (opened) => this.#opened(opened),
      moving: () => this.#outlet?.sendLatest(),
      moved: (opened) => this.#moved(opened),
      lost: () => this.#lost(),
      ended: (failure) => this.#end(failure),
      event: (event) => this.#event(event),
      state: (state) => this.#noteLevel(state),
      grant: (frames) => this.#granted(frames),
      missing: (missing) => this.#outlet?.sendAgain(missing),
    });
    void this.#stream.open();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** On its way to another connection: the filler waits until it is told where to go on. */
  get moving(): boolean {
    return this.#stream.moving;
  }

  setPaused(paused: boolean): void {
    if (this.#phase === 'ended' || this.#paused === paused) return;
    this.#paused = paused;
    const stream = this.#stream.number;
    if (stream !== undefined) this.#session.send({ pauseStream: { stream, paused } });
    this.#filler.resumed();
    this.#say();
  }

  /** Travels another way from now on, as the same stream. */
  retune(tuning: Tuning): void {
    this.#wish = { ...this.#wish, ...tuning };
    this.#plan = this.#planned();
    this.reopen();
  }

  /** Ends this life of the stream and begins another: what was sent and is not heard yet is forgotten. */
  reopen(): void {
    if (this.#phase === 'ended') return;
    this.#halt();
    void this.#stream.open();
  }

  /** Nothing more comes; ends when the last frame was heard, however long a pause is. */
  async drain(): Promise<void> {
    const encoder = this.#encoder;
    if (this.#phase !== 'playing') return;
    this.#become('draining');
    await encoder?.finish();
    const stream = this.#stream.number;
    if (encoder !== this.#encoder || stream === undefined) return;
    try {
      await this.#session.request({ drainStream: { stream } });
      if (this.#stream.number === stream) this.stop();
    } catch (thrown) {
      // After a lost connection the rest is played on the next one.
      if (encoder !== this.#encoder || this.#session.moving || this.#session.connection.phase !== 'live') return;
      this.#stream.close();
      this.#end(failureOf(thrown));
    }
  }

  stop(): void {
    this.#stream.close();
    this.#end(undefined);
  }

  #planned(): SendingPlan {
    return planFor(this.#wish, this.#filler.live, this.#order.rate, location.hostname);
  }

  /** What can be had instead of Opus, for the rest of this plan. */
  #doWithout(pcmReason: PcmReason): void {
    this.#plan = { ...this.#plan, opus: undefined, pcmReason };
  }

  async #wanted(): Promise<Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'>> {
    const { opus } = this.#plan;
    if (opus && !(await canEncodeOpus(opus))) this.#doWithout('browser');
    const { name, rate } = this.#order;
    return {
      ...openStreamFor(this.#plan, this.#wish, { name, rate, live: this.#filler.live }),
      device: this.#device,
      paused: this.#paused,
      ...(this.#level && { volume: this.#level.volume }),
    };
  }

  #opened(opened: weir.v1.StreamOpened.$Properties): void {
    const stream = opened.stream ?? 0;
    if (this.#level?.muted) this.#session.send({ setLevel: { stream, muted: true } });
    this.#guarded = false;
    this.#encoder = this.#encoderFor(stream, opened.codec ?? Codec.PCM);
    this.#outlet = this.#filler.live ? new LiveOutlet(this.#session, stream, () => this.#filler.skew) : undefined;
    this.#pcmAnswered = this.#plan.opus !== undefined && opened.codec !== Codec.OPUS;
    this.#become('playing');
    this.#filler.opened(this.#encoder, opened.grantedFrames ?? 0);
  }

  /** Live sound took both ways meanwhile; of what was granted, what did not arrive is sent again. */
  #moved({ nextFrame, grantedFrames }: weir.v1.StreamOpened.$Properties): void {
    const codec = this.#encoder?.codec === 'opus' ? Codec.OPUS : Codec.PCM;
    if (this.#filler.live || !this.#encoder) return;
    this.#encoder.close();
    this.#encoder = this.#encoderFor(this.#stream.number ?? 0, codec);
    this.#become('playing');
    this.#filler.moved(this.#encoder, nextFrame ?? 0, grantedFrames ?? 0);
  }

  #encoderFor(stream: number, codec: weir.v1.Codec): PacketEncoder {
    const { opus, format } = this.#plan;
    const packet = (packet: SoundPacket): void => this.#send(stream, packet);
    if (codec !== Codec.OPUS || !opus) return new PcmEncoder(format, this.#order.rate, packet);
    return new OpusEncoder(this.#guarded ? guardedSettings(opus) : opus, packet, () => {
      this.#doWithout('browser');
      this.reopen();
    });
  }

  /** Sound that is live is worth nothing later; what was granted is waited for. */
  #send(stream: number, packet: SoundPacket): void {
    if (this.#stream.number !== stream || (!this.#filler.live && this.#stream.moving)) return;
    if (this.#outlet) this.#outlet.send(packet);
    else this.#session.send({ audio: { stream, ...packet } });
    this.#filler.sent(packet);
    if (this.#outlet) this.#guard(stream, this.#outlet.guarded);
    this.#sayNowAndThen();
  }

  /** What the network needs has become another. */
  #guard(stream: number, guarded: boolean): void {
    if (guarded === this.#guarded || this.#encoder?.codec !== 'opus') return;
    this.#guarded = guarded;
    this.#encoder = this.#encoderFor(stream, Codec.OPUS);
    this.#filler.recoded(this.#encoder);
  }

  #granted(frames: number): void {
    this.#filler.granted(frames);
    this.#sayNowAndThen();
  }

  #noteLevel({ volume, muted }: weir.v1.Stream.$Properties): void {
    this.#level = { volume: volume ?? 0, muted: muted ?? false };
  }

  #event(event: weir.v1.StreamEvent.$Properties): void {
    if (event.kind === StreamEvent.Kind.DROPPED) this.#droppedFrames += event.frames ?? 0;
    if (event.kind === StreamEvent.Kind.MOVED) this.#device = event.device ?? '';
    this.#say();
  }

  #lost(): void {
    this.#halt();
    this.#become('reconnecting');
  }

  #halt(): void {
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#filler.lost();
  }

  #end(failure: Failure | undefined): void {
    if (this.#phase === 'ended') return;
    this.#failure = failure;
    this.#halt();
    this.#filler.close();
    this.#become('ended');
  }

  #become(phase: PlaybackPhase): void {
    this.#phase = phase;
    this.#say();
  }

  #sayNowAndThen(): void {
    if (performance.now() - this.#toldMs > PLAY_LIMITS.statusMs) this.#say();
  }

  #say(): void {
    this.#toldMs = performance.now();
    this.#tell({
      of: 'play',
      phase: this.#phase,
      paused: this.#paused,
      stream: this.#stream.number,
      device: this.#device,
      codec: this.#encoder?.codec ?? (this.#plan.opus ? 'opus' : 'pcm'),
      pcmReason: this.#pcmAnswered ? 'server' : this.#plan.pcmReason,
      ...this.#filler.progress,
      droppedFrames: this.#droppedFrames + this.#filler.lostFrames,
      level: this.#level,
      failure: this.#failure,
    });
  }
}
