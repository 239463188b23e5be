import { weir } from '#proto';
import { failureOf, type Failure } from '../session/failure.js';
import type { Session } from '../session/session.js';
import { LastingStream } from './lasting-stream.js';
import { CHANNELS, PLAY_LIMITS, RATE } from './limits.js';
import { encodeSamples, type WireFormat } from './samples.js';
import type { Source } from './source.js';

const { Direction, StreamEvent, Transport } = weir.v1;

export type PlaybackPhase = 'opening' | 'playing' | 'draining' | 'reconnecting' | 'ended';

export interface PlaybackOptions {
  /** Output to play to; empty is the default one. */
  readonly device: string;
  readonly format: WireFormat;
  /** Where a person left the faders of stream `stream`: it comes back so. */
  levelOf(stream: number): { volume: number; muted: boolean } | undefined;
  /** Something of the status changed. */
  changed(): void;
}

/** From a source in this page to an output: reads as the server grants, sends, and comes back after a lost connection. */
export class Playback {
  readonly source: Source;
  readonly #session: Session;
  readonly #options: PlaybackOptions;
  readonly #stream: LastingStream;
  #device: string;
  #phase: PlaybackPhase = 'opening';
  #paused = false;
  #failure: Failure | undefined;
  /** The source's frame at which this life of the stream began. */
  #baseFrame = 0;
  #sentFrames = 0;
  #grantedFrames = 0;
  /** What was granted before anything was consumed. */
  #windowFrames = 0;
  #droppedFrames = 0;
  #level: { volume: number; muted: boolean } | undefined;

  constructor(session: Session, source: Source, options: PlaybackOptions) {
    this.#session = session;
    this.source = source;
    this.#options = options;
    this.#device = options.device;
    source.whenReady(() => this.#pump());
    this.#stream = new LastingStream(session, {
      wanted: () => this.#wanted(),
      opened: (opened) => this.#opened(opened),
      moved: (nextFrame) => this.#moved(nextFrame),
      lost: () => this.#become('reconnecting'),
      ended: (failure) => this.#end(failure),
      event: (event) => this.#event(event),
      grant: (frames) => this.#granted(frames),
    });
    void this.#stream.open();
  }

  get phase(): PlaybackPhase {
    return this.#phase;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Its number in the mixer, while it has one. */
  get stream(): number | undefined {
    return this.#stream.number;
  }

  /** How far the output has taken it, counted from the source's start. */
  get positionFrames(): number {
    const consumed = Math.max(0, this.#grantedFrames - this.#windowFrames);
    return this.#baseFrame + Math.min(this.#sentFrames, consumed);
  }

  get sentFrames(): number {
    return this.#baseFrame + this.#sentFrames;
  }

  /** Frames thrown away on the way, here and at the server. */
  get droppedFrames(): number {
    return this.#droppedFrames + this.source.droppedFrames;
  }

  setPaused(paused: boolean): void {
    if (this.#phase === 'ended' || this.#paused === paused) return;
    this.#paused = paused;
    const stream = this.#stream.number;
    if (stream !== undefined) this.#session.send({ pauseStream: { stream, paused } });
    // Live sound from before the pause would be heard late.
    if (!paused && this.source.lengthFrames === undefined) this.source.seek(0);
    this.#options.changed();
    this.#pump();
  }

  stop(): void {
    this.#stream.close();
    this.#end(undefined);
  }

  #wanted(): Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'> {
    const isFile = this.source.kind === 'file';
    return {
      direction: Direction.PLAYBACK,
      name: this.source.name,
      device: this.#device,
      format: this.#options.format,
      rate: RATE,
      channels: CHANNELS,
      latencyUs: isFile ? PLAY_LIMITS.fileLatencyUs : PLAY_LIMITS.liveLatencyUs,
      transport: Transport.COPIES,
      paused: this.#paused,
      ...(this.#level && { volume: this.#level.volume }),
    };
  }

  #opened(opened: weir.v1.StreamOpened.$Properties): void {
    // What was sent and not consumed was not heard: a file goes on from what was.
    this.#baseFrame = this.positionFrames;
    this.source.seek(this.#baseFrame);
    this.#sentFrames = 0;
    this.#grantedFrames = this.#windowFrames = opened.grantedFrames ?? 0;
    if (this.#level?.muted) this.#session.send({ setLevel: { stream: opened.stream ?? 0, muted: true } });
    this.#become('playing');
    this.#pump();
  }

  /** What was under way over the old connection and did not arrive is sent again. */
  #moved(nextFrame: number): void {
    this.#sentFrames = nextFrame;
    this.source.seek(this.#baseFrame + nextFrame);
    this.#pump();
  }

  #granted(frames: number): void {
    this.#grantedFrames = Math.max(this.#grantedFrames, frames);
    this.#level = this.#options.levelOf(this.#stream.number ?? 0) ?? this.#level;
    this.#pump();
  }

  /** Sends what there is, as far as it is granted and the network takes it; the next grant or block calls again. */
  #pump(): void {
    const stream = this.#stream.number;
    if (this.#phase !== 'playing' || stream === undefined) return;
    while (!this.#paused && !this.#session.congested && this.#sentFrames < this.#grantedFrames) {
      const samples = this.source.read(Math.min(PLAY_LIMITS.packetFrames, this.#grantedFrames - this.#sentFrames));
      if (samples.length === 0) break;
      const data = encodeSamples(samples, this.#options.format);
      this.#session.send({ audio: { stream, frame: this.#sentFrames, data } });
      this.#sentFrames += samples.length / CHANNELS;
    }
    if (this.source.ended) void this.#drain(stream);
  }

  /** Waits until the last frame was heard, however long a pause is. */
  async #drain(stream: number): Promise<void> {
    this.#become('draining');
    try {
      await this.#session.request({ drainStream: { stream } });
      if (this.#stream.number === stream) this.stop();
    } catch (thrown) {
      // After a lost connection the rest is played on the next one.
      if (this.#stream.number !== stream) return;
      this.#stream.close();
      this.#end(failureOf(thrown));
    }
  }

  #event(event: weir.v1.StreamEvent.$Properties): void {
    if (event.kind === StreamEvent.Kind.DROPPED) this.#droppedFrames += event.frames ?? 0;
    if (event.kind === StreamEvent.Kind.MOVED) this.#device = event.device ?? '';
    this.#options.changed();
  }

  #end(failure: Failure | undefined): void {
    if (this.#phase === 'ended') return;
    this.#failure = failure;
    this.source.close();
    this.#become('ended');
  }

  #become(phase: PlaybackPhase): void {
    this.#phase = phase;
    this.#options.changed();
  }
}
