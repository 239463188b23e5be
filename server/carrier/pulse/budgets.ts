import { partiesOf } from '../../session/party.js';
import type { Identity } from '../../session/port.js';
import { Shared } from '../../session/shared.js';
import { Budget } from './budget.js';
import { CONNECTION_BUDGET, GROUP_BUDGET, USER_BUDGET } from './limits.js';

/** Who may ask for how much: a connection's budget is a share of its process's, and that of its user's. */
export class Budgets {
  readonly #of = new Shared<Budget>();

  make(peer: Identity, nowMs = performance.now()): Budget {
    let whole: Budget | undefined;
    for (const { kind, key } of partiesOf(peer)) {
      const of = whole;
      whole = this.#of.of(key, () => new Budget(kind === 'user' ? USER_BUDGET : GROUP_BUDGET, nowMs, of));
    }
    const party = whole;
    if (peer.pid !== undefined) {
      whole = this.#of.of(`process ${peer.pid}`, () => new Budget(GROUP_BUDGET, nowMs, party));
    }
    return new Budget(CONNECTION_BUDGET, nowMs, whole);
  }
}
