import { partiesOf } from '../../session/party.js';
import type { Identity } from '../../session/port.js';
import { Shared } from '../../session/shared.js';
import { Budget, type BudgetLimits } from './budget.js';
import { CONNECTION_BUDGET, GROUP_BUDGET, USER_BUDGET } from './limits.js';

/** Who may ask for how much: a connection's budget is a share of its process's, and that of its user's. */
export class Budgets {
  readonly #of = new Shared<Budget>();

  make(peer: Identity, nowMs = performance.now()): Budget {
    let whole: Budget | undefined;
    let whose = '';
    for (const { kind, key } of partiesOf(peer)) {
      whole = this.#shared(key, kind === 'user' ? USER_BUDGET : GROUP_BUDGET, nowMs, whole);
      whose = key;
    }
    // A process's number may be another user's next, and 0 is any process outside of our namespace.
    if (peer.pid !== undefined) whole = this.#shared(`process ${peer.pid} of ${whose}`, GROUP_BUDGET, nowMs, whole);
    return new Budget(CONNECTION_BUDGET, nowMs, whole);
  }

  #shared(key: string, limits: BudgetLimits, nowMs: number, whole: Budget | undefined): Budget {
    return this.#of.of(key, () => new Budget(limits, nowMs, whole));
  }
}
