import type { NetLink, TenantLine } from '../net/net-link.js';
import type { PageMessage, StreamStatus } from '../net/messages.js';
import { failureOf, type Failure } from '../session/failure.js';
import type { Level, PlaybackPhase, PlayStatus, PlayWish, Tuning } from './play-order.js';
import type { Source } from './source.js';
import { newStreamId, seedOf } from './stream-seed.js';

export interface PlaybackOptions extends PlayWish {
  /** As loud as this from the start; undefined as every stream. */
  readonly level?: Level | undefined;
  /** Something of the status changed. */
  readonly changed: () => void;
}

/** From a source in this page to an output, as this thread sees it: the sound goes past it, through the worker. */
export class Playback {
  readonly source: Source;
  #wish: PlayWish;
  readonly #changed: () => void;
  readonly #line: TenantLine;
  readonly #id = newStreamId();
  #status: PlayStatus;

  constructor(net: NetLink, source: Source, { changed, level, ...wish }: PlaybackOptions) {
    this.source = source;
    this.#wish = wish;
    this.#changed = changed;
    this.#status = {
      of: 'play',
      phase: 'opening',
      paused: false,
      stream: undefined,
      device: wish.device,
      codec: 'pcm',
      pcmReason: undefined,
      positionFrames: 0,
      sentFrames: 0,
      droppedFrames: 0,
      level,
      failure: undefined,
    };
    this.#line = net.add({
      begin: (key, life) => this.#begin(key, life),
      told: (status) => this.#told(status),
      failed: (thrown) => this.#end(failureOf(thrown)),
    });
    source.whenEnded(() => this.stop());
  }

  get phase(): PlaybackPhase {
    return this.#status.phase;
  }

  get paused(): boolean {
    return this.#status.paused;
  }

  get failure(): Failure | undefined {
    return this.#status.failure;
  }

  /** Its number in the mixer, while it has one. */
  get stream(): number | undefined {
    return this.#status.stream;
  }

  /** How the sound travels. */
  get codec(): PlayStatus['codec'] {
    return this.#status.codec;
  }

  get pcmReason(): PlayStatus['pcmReason'] {
    return this.#status.pcmReason;
  }

  /** What was asked for last. */
  get tuning(): Tuning {
    return this.#wish;
  }

  /** Where it plays now, and how loud. */
  get device(): string {
    return this.#status.device;
  }

  get level(): Level | undefined {
    return this.#status.level;
  }

  /** How far the output has taken it, counted from the source's start. */
  get positionFrames(): number {
    return this.#status.positionFrames;
  }

  get sentFrames(): number {
    return this.#status.sentFrames;
  }

  /** Frames thrown away on the way, here and at the server. */
  get droppedFrames(): number {
    return this.#status.droppedFrames;
  }

  setPaused(paused: boolean): void {
    if (this.phase === 'ended' || this.paused === paused) return;
    this.source.setPaused?.(paused);
    this.#become({ paused });
    this.#line.order({ to: 'pause', paused });
  }

  /** Goes to `frame` of a source that has a length. */
  seek(frame: number): void {
    if (this.phase === 'ended') return;
    this.#become({ positionFrames: frame });
    this.#line.order({ to: 'seek', frame });
  }

  /** Lets it travel another way from now on. */
  retune(change: Partial<Tuning>): void {
    if (this.phase === 'ended') return;
    const { purpose, codec, latencyMs } = (this.#wish = { ...this.#wish, ...change });
    this.#become({});
    this.#line.order({ to: 'retune', tuning: { purpose, codec, latencyMs } });
  }

  stop(): void {
    this.#line.order({ to: 'stop' });
    this.#end(undefined);
  }

  async #begin(key: number, life: number): Promise<{ message: PageMessage; transfer: Transferable[] }> {
    const { name, rate } = this.source;
    const { sound, transfer } = await this.source.hand();
    const { paused, positionFrames, device, level } = this.#status;
    const wish = { ...this.#wish, device };
    const seed = seedOf(this.#id, life);
    const order = { seed, name, rate, wish, sound, paused, fromFrame: positionFrames, level };
    return { message: { to: 'play', key, order }, transfer };
  }

  #told(status: StreamStatus): void {
    if (status.of !== 'play' || this.phase === 'ended') return;
    if (status.phase === 'ended') this.#end(status.failure);
    else this.#become(status);
  }

  #end(failure: Failure | undefined): void {
    if (this.phase === 'ended') return;
    this.#line.leave();
    this.source.close();
    this.#become({ phase: 'ended', stream: undefined, failure });
  }

  #become(change: Partial<PlayStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#changed();
  }
}
