import type { Output } from '../engine/output.js';
import { WeirError } from '../observe/errors.js';
import type { CopiesDesk } from './copies/copies-desk.js';
import { Feed, type FeedListener, type FeedWish } from './feed.js';
import { ENCODERS_MAX, ENCODERS_PER_CLIENT_MAX } from './limits.js';

/** Every feed of the server: who wants what another one hears already, joins it. */
export class Feeds {
  readonly #desk: CopiesDesk;
  readonly #feeds = new Map<string, Feed>();
  #packets = 0;

  constructor(desk: CopiesDesk) {
    this.#desk = desk;
  }

  get count(): number {
    return this.#feeds.size;
  }

  /** Made since start, each once for all its listeners. */
  get packets(): number {
    return this.#packets;
  }

  /** The feed that `listener` hears from now on; `client` is whose listener it is. */
  join(listener: FeedListener, wish: FeedWish, output: Output, client: number): Feed | WeirError {
    const key = JSON.stringify([output.name, wish]);
    const feed = this.#feeds.get(key) ?? this.#open(key, wish, output, client);
    if (feed instanceof WeirError) return feed;
    feed.join(listener);
    return feed;
  }

  #open(key: string, wish: FeedWish, output: Output, client: number): Feed | WeirError {
    const refused = wish.opus && this.#refuseEncoder(client);
    if (refused) return refused;
    const feed = Feed.open(wish, output, client, this.#desk, {
      packet: () => void this.#packets++,
      ended: () => void this.#feeds.delete(key),
    });
    if (!(feed instanceof WeirError)) this.#feeds.set(key, feed);
    return feed;
  }

  /** The copies thread's time is shared out too: whoever asks for other settings each time shall not use it up. */
  #refuseEncoder(client: number): WeirError | undefined {
    const encoding = [...this.#feeds.values()].filter(({ wish }) => wish.opus);
    const own = encoding.filter((feed) => feed.client === client);
    if (own.length >= ENCODERS_PER_CLIENT_MAX) {
      return new WeirError('TOO_MANY_STREAMS', `this client has ${own.length} Opus encoders of its own already`);
    }
    if (encoding.length < ENCODERS_MAX) return undefined;
    return new WeirError('TOO_MANY_STREAMS', `${encoding.length} Opus encoders are running`);
  }
}
