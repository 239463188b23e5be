import type { Quota } from '../../../mempool/quota.js';
import type { Streams } from '../../../stream/streams.js';
import { SampleShelf } from './sample-shelf.js';

/** The shelf of each user whose programs share one: pactl uploads by one connection and plays by the next. They last as long as the server. */
export class SampleShelves {
  readonly #ofUser = new Map<number, SampleShelf>();

  of(uid: number, makeQuota: () => Quota): SampleShelf {
    const known = this.#ofUser.get(uid);
    if (known) return known;
    const shelf = new SampleShelf(makeQuota());
    this.#ofUser.set(uid, shelf);
    return shelf;
  }

  close(streams: Streams): void {
    for (const shelf of this.#ofUser.values()) shelf.close(streams);
  }
}
