/** What the choice needs to know of an output. */
export interface OutputChoice {
  readonly name: string;
  readonly lost: boolean;
  /** What plays there is recorded by others. */
  readonly microphone: boolean;
}

/**
 * The output for a stream that names none: the person's choice while it lives, else the first that does. A microphone only where it was
 * named: what a machine plays does not get into a call because its loudspeaker was unplugged.
 */
export function defaultOutput<T extends OutputChoice>(
  outputs: readonly T[],
  preferred: string | undefined,
): T | undefined {
  const alive = outputs.filter(({ lost }) => !lost);
  return alive.find(({ name }) => name === preferred) ?? alive.find(({ microphone }) => !microphone);
}
