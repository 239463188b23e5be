import { weir } from '#proto';
import type { MissingFrames } from '../../server/stream/jitter/missing-packets.js';
import { failureOf, serverFailure, type Failure } from '../session/failure.js';
import type { Session } from '../session/session.js';
import type { StreamSeed } from './stream-seed.js';

const { Kind } = weir.v1.StreamEvent;

/** The end of a stream that is no end: the thread that had it is replaced already. */
const MENDED = 'COPIES_LOST';
/** Not at once: what broke it may break it again. */
const REOPEN_MS = 500;

type Wanted = Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'>;

export interface LastingStreamHooks {
  /** What to ask for, this time. */
  wanted(): Wanted | Promise<Wanted>;
  opened(opened: weir.v1.StreamOpened.$Properties): void;
  /** It was asked for over another connection: whatever is sent from now on comes behind that. */
  moving?(): void;
  /** It goes on over another connection, under the same number: playback from frame `nextFrame`, as far as is granted now. */
  moved(opened: weir.v1.StreamOpened.$Properties): void;
  /** Gone with its connection; it opens again with the next one. */
  lost(): void;
  /** Ended by the server, or refused: for good. */
  ended(failure: Failure): void;
  event(event: weir.v1.StreamEvent.$Properties): void;
  /** What the mixer shows of it has changed. */
  state?(state: weir.v1.Stream.$Properties): void;
  grant?(grantedFrames: number): void;
  audio?(packet: weir.v1.AudioPacket.$Properties): void;
  missing?(missing: MissingFrames): void;
}

/** One stream of this page for as long as a person wants it: the same id over all connections, the epoch counting its lives. */
export class LastingStream {
  readonly #id: Uint8Array;
  readonly #session: Session;
  readonly #hooks: LastingStreamHooks;
  readonly #unsubscribe: () => void;
  #epoch: number;
  #number: number | undefined;
  #unroute: () => void = () => undefined;
  #moving = false;
  #closed = false;

  constructor(session: Session, { id, firstEpoch }: StreamSeed, hooks: LastingStreamHooks) {
    this.#session = session;
    this.#id = id;
    this.#epoch = firstEpoch;
    this.#hooks = hooks;
    this.#unsubscribe = session.whenLive(() => (this.#number === undefined ? this.open() : this.#move()));
  }

  /** Its number in the mixer while it is open. */
  get number(): number | undefined {
    return this.#number;
  }

  /** Opens it, or opens it anew in place of what it was. */
  async open(): Promise<void> {
    // The old life's end is our own doing: no news of it.
    this.#unroute();
    this.#number = undefined;
    this.#moving = false;
    await this.#ask((opened) => this.#begin(opened));
  }

  /** On its way to another connection: what must not get lost waits until `moved` says where to go on. */
  get moving(): boolean {
    return this.#moving;
  }

  /** Takes it along to the session's new connection; it plays on meanwhile. Where the server has forgotten it, it begins anew. */
  async #move(): Promise<void> {
    this.#moving = true;
    await this.#ask((opened) => {
      if (opened.resumed && opened.stream === this.#number) return this.#hooks.moved(opened);
      this.#unroute();
      this.#hooks.lost();
      this.#begin(opened);
    });
  }

  async #ask(answered: (opened: weir.v1.StreamOpened.$Properties) => void): Promise<void> {
    const epoch = ++this.#epoch;
    const resume = this.#number !== undefined;
    try {
      const wanted = await this.#hooks.wanted();
      if (!this.#isWanted(epoch)) return;
      const answer = this.#session.request({ openStream: { ...wanted, id: this.#id, epoch, resume } });
      if (resume) this.#hooks.moving?.();
      const { streamOpened } = await answer;
      if (epoch !== this.#epoch || !streamOpened) return;
      this.#moving = false;
      if (this.#closed) this.#session.send({ closeStream: { stream: streamOpened.stream ?? 0 } });
      else answered(streamOpened);
    } catch (thrown) {
      if (!this.#isWanted(epoch)) return;
      if (this.#session.connection.phase === 'live') this.#end(failureOf(thrown));
      // Still known under its number: the next connection may take it over yet.
      else if (!resume) this.#lost();
    }
  }

  #begin(opened: weir.v1.StreamOpened.$Properties): void {
    const number = opened.stream ?? 0;
    this.#number = number;
    this.#unroute = this.#session.route(number, {
      event: (event) => this.#event(event),
      state: (state) => this.#hooks.state?.(state),
      grant: (frames) => this.#hooks.grant?.(frames),
      audio: (packet) => this.#hooks.audio?.(packet),
      missing: (missing) => this.#hooks.missing?.(missing),
      lost: () => this.#lost(),
    });
    this.#hooks.opened(opened);
  }

  close(): void {
    if (this.#closed) return;
    if (this.#number !== undefined) this.#session.send({ closeStream: { stream: this.#number } });
    this.#forget();
  }

  #isWanted(epoch: number): boolean {
    return epoch === this.#epoch && !this.#closed;
  }

  #event(event: weir.v1.StreamEvent.$Properties): void {
    if (event.kind !== Kind.CLOSED) this.#hooks.event(event);
    else if (event.code === MENDED) this.#reopen();
    else this.#end(serverFailure(event.code ?? '', event.what || 'The server ended the stream.'));
  }

  /** The connection lives on; only what the server made of the stream's packets is gone. */
  #reopen(): void {
    this.#unroute();
    this.#number = undefined;
    this.#hooks.lost();
    const epoch = this.#epoch;
    setTimeout(() => this.#isWanted(epoch) && void this.open(), REOPEN_MS);
  }

  /** A connection that a person ended does not come back by itself, and a microphone must not wait for it. */
  #lost(): void {
    this.#number = undefined;
    this.#moving = false;
    const { connection } = this.#session;
    if (connection.phase === 'ended') this.#end(connection.failure);
    else this.#hooks.lost();
  }

  #end(failure: Failure): void {
    this.#forget();
    this.#hooks.ended(failure);
  }

  #forget(): void {
    this.#closed = true;
    this.#number = undefined;
    this.#unroute();
    this.#unsubscribe();
  }
}
