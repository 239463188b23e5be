const FIRST_MS = 250;
const LONGEST_MS = 5000;
const GROWTH = 1.7;

/**
 * How long to wait before attempt `attempt` (0 is the first after a loss), in ms: growing, bounded, and spread by
 * `random` (0..1) over the upper half, so that the tabs of a restarted server do not come back in one instant.
 */
export function backOffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * GROWTH ** attempt);
  return full * (0.5 + random / 2);
}
