import { WeirError } from '../../../observe/errors.js';
import type { PlaybackStream } from '../../../stream/playback-path.js';
import { DRAINS_MAX } from './limits.js';

type Done = (failure?: WeirError) => void;

/** Who waits until all that came was heard. The engine drains once for all of them. */
export class Drains {
  readonly #stream: PlaybackStream;
  /** The engine has drained. */
  readonly #drained: () => void;
  readonly #waiting: Done[] = [];
  #told = false;

  constructor(stream: PlaybackStream, drained: () => void) {
    this.#stream = stream;
    this.#drained = drained;
  }

  /** TOO_BUSY: no more wait. */
  add(done: Done): WeirError | undefined {
    if (this.#waiting.length >= DRAINS_MAX) return new WeirError('TOO_BUSY', `${DRAINS_MAX} drains are waiting`);
    this.#waiting.push(done);
    return undefined;
  }

  /** Somebody waits, and the engine is not told yet. */
  get due(): boolean {
    return this.#waiting.length > 0 && !this.#told;
  }

  /** All that is to be drained is in the ring. */
  begin(): void {
    this.#told = true;
    this.#stream.drain((failure) => {
      this.#told = false;
      if (!failure) this.#drained();
      this.end(failure);
    });
  }

  end(failure?: WeirError): void {
    for (const done of this.#waiting.splice(0)) done(failure);
  }
}
