import { Quota } from '../mempool/quota.js';
import { QUOTAS_TOGETHER } from './limits.js';
import { partiesOf } from './party.js';
import type { Identity } from './port.js';
import { Shared } from './shared.js';

/** Who may hold how much memory: a connection's quota is a share of what its party's connections may hold together. */
export class Quotas {
  readonly #poolBytes: number;
  readonly #ofParty = new Shared<Quota>();

  /** `poolBytes`: of one connection. */
  constructor(poolBytes: number) {
    this.#poolBytes = poolBytes;
  }

  make(peer: Identity): Quota {
    let whole: Quota | undefined;
    for (const { kind, key } of partiesOf(peer)) {
      const of = whole;
      whole = this.#ofParty.of(key, () => new Quota(QUOTAS_TOGETHER[kind] * this.#poolBytes, of));
    }
    return new Quota(this.#poolBytes, whole);
  }
}
