/** What the choice needs to know of an output. */
export interface OutputChoice {
  readonly name: string;
  readonly lost: boolean;
}

/** The output for a stream that names none: the person's choice while it lives, else the first that does. */
export function defaultOutput<T extends OutputChoice>(
  outputs: readonly T[],
  preferred: string | undefined,
): T | undefined {
  const alive = outputs.filter(({ lost }) => !lost);
  return alive.find(({ name }) => name === preferred) ?? alive[0];
}
