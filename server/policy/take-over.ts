/** What a take-over looks at of somebody; see session/port.ts Identity. */
interface Who {
  readonly uid?: number;
  readonly pairing?: { readonly id: string };
}

/**
 * Whether a stream of `holder` may go on with `taker`: both are the same user's programs, or both came with the same key.
 * Nobody else learns so much as that there is such a stream.
 */
export function mayTakeOver(taker: Who, holder: Who): boolean {
  if (taker.pairing || holder.pairing) {
    // What came by a signed address alone is nobody in particular.
    return Boolean(taker.pairing?.id) && taker.pairing?.id === holder.pairing?.id;
  }
  return taker.uid !== undefined && taker.uid === holder.uid;
}
