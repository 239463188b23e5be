/** What comes after what. Lists are never changed: each of these makes a new one. */

export interface Entry {
  readonly id: number;
}

/** `id` moved `by` places towards the end (below 0: the beginning), as far as there are any. */
export function moved<T extends Entry>(entries: readonly T[], id: number, by: number): readonly T[] {
  const from = entries.findIndex((entry) => entry.id === id);
  const entry = entries[from];
  if (!entry) return entries;
  const others = entries.toSpliced(from, 1);
  return others.toSpliced(Math.max(0, from + by), 0, entry);
}

/** What stands `by` places after `id`. */
export function neighbour<T extends Entry>(entries: readonly T[], id: number | undefined, by: number): T | undefined {
  const at = entries.findIndex((entry) => entry.id === id);
  return at < 0 ? undefined : entries[at + by];
}
