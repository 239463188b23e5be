import { weir } from '#proto';
import { failureOf, serverFailure, type Failure } from '../session/failure.js';
import type { Session } from '../session/session.js';
import { newStreamId } from './stream-id.js';

const { Kind } = weir.v1.StreamEvent;

type Wanted = Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'>;

export interface LastingStreamHooks {
  /** What to ask for, this time. */
  wanted(): Wanted;
  opened(opened: weir.v1.StreamOpened.$Properties): void;
  /** Gone with its connection; it opens again with the next one. */
  lost(): void;
  /** Ended by the server, or refused: for good. */
  ended(failure: Failure): void;
  event(event: weir.v1.StreamEvent.$Properties): void;
  grant?(grantedFrames: number): void;
  audio?(packet: weir.v1.AudioPacket.$Properties): void;
}

/** One stream of this page for as long as a person wants it: the same id over all connections, the epoch counting its lives. */
export class LastingStream {
  readonly id = newStreamId();
  readonly #session: Session;
  readonly #hooks: LastingStreamHooks;
  readonly #unsubscribe: () => void;
  #epoch = 0;
  #number: number | undefined;
  #unroute: () => void = () => undefined;
  #closed = false;

  constructor(session: Session, hooks: LastingStreamHooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#unsubscribe = session.whenLive(() => void this.open());
  }

  /** Its number in the mixer while it is open. */
  get number(): number | undefined {
    return this.#number;
  }

  /** Opens it, or opens it anew in place of what it was. */
  async open(): Promise<void> {
    const epoch = ++this.#epoch;
    // The old life's end is our own doing: no news of it.
    this.#unroute();
    this.#number = undefined;
    try {
      const { streamOpened } = await this.#session.request({
        openStream: { ...this.#hooks.wanted(), id: this.id, epoch },
      });
      if (epoch !== this.#epoch || !streamOpened) return;
      const number = streamOpened.stream ?? 0;
      if (this.#closed) return this.#session.send({ closeStream: { stream: number } });
      this.#number = number;
      this.#unroute = this.#session.route(number, {
        event: (event) => this.#event(event),
        grant: (frames) => this.#hooks.grant?.(frames),
        audio: (packet) => this.#hooks.audio?.(packet),
        lost: () => this.#lost(),
      });
      this.#hooks.opened(streamOpened);
    } catch (thrown) {
      if (epoch !== this.#epoch || this.#closed) return;
      if (this.#session.connection.phase === 'live') this.#end(failureOf(thrown));
      else this.#lost();
    }
  }

  close(): void {
    if (this.#closed) return;
    if (this.#number !== undefined) this.#session.send({ closeStream: { stream: this.#number } });
    this.#forget();
  }

  #event(event: weir.v1.StreamEvent.$Properties): void {
    if (event.kind === Kind.CLOSED)
      this.#end(serverFailure(event.code ?? '', event.what || 'The server ended the stream.'));
    else this.#hooks.event(event);
  }

  /** A connection that a person ended does not come back by itself, and a microphone must not wait for it. */
  #lost(): void {
    this.#number = undefined;
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
