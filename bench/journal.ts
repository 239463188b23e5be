import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../e2e/probe/latencies.js';

/** What grows as a path goes wrong, by name. */
export type Counts = Readonly<Record<string, number>>;

/** Seldom enough to cost nothing. */
const LOOK_INTERVAL_MS = 500;
/** What happens is told within this. */
const TOLD_WITHIN_MS = 500;

interface Look {
  readonly atMs: number;
  readonly counts: Counts;
}

/** What a path counted while it was measured, so that it can be said what was counted when something was heard. */
export class Journal {
  readonly #looks: Look[] = [];

  /** Looks now and then, for `seconds`. */
  static async keep(look: () => Promise<Counts>, seconds: number): Promise<Journal> {
    const journal = new Journal();
    const endMs = nowMs() + seconds * 1000;
    do {
      journal.#looks.push({ atMs: nowMs(), counts: await look() });
      await sleep(Math.max(0, Math.min(LOOK_INTERVAL_MS, endMs - nowMs())));
    } while (nowMs() < endMs);
    journal.#looks.push({ atMs: nowMs(), counts: await look() });
    return journal;
  }

  /** What grew about `atMs`, and by how much. */
  about(atMs: number): Counts {
    const before = this.#looks.findLast((look) => look.atMs < atMs) ?? this.#looks[0];
    const after = this.#looks.find((look) => look.atMs > atMs + TOLD_WITHIN_MS) ?? this.#looks.at(-1);
    return grown(before, after);
  }

  /** The first look's time. */
  get fromMs(): number {
    return this.#looks[0]?.atMs ?? NaN;
  }

  /** What grew from the first look to the last. */
  get whole(): Counts {
    return grown(this.#looks[0], this.#looks.at(-1));
  }
}

function grown(before: Look | undefined, after: Look | undefined): Counts {
  const growth: Record<string, number> = {};
  for (const [name, count] of Object.entries(after?.counts ?? {})) {
    const by = count - (before?.counts[name] ?? 0);
    if (by !== 0) growth[name] = by;
  }
  return growth;
}
