const ID_BYTES = 16;
/** Epochs that a stream may use up in one worker's life. */
const EPOCHS_A_LIFE = 1 << 16;

/** By what the server knows a stream again: over connections, and over the page's workers. */
export interface StreamSeed {
  readonly id: Uint8Array;
  /** The stream's epochs count on from here: more than those of any life before. */
  readonly firstEpoch: number;
}

export function newStreamId(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(ID_BYTES));
}

/** `life` counts the page's workers. */
export const seedOf = (id: Uint8Array, life: number): StreamSeed => ({ id, firstEpoch: life * EPOCHS_A_LIFE });
