const ID_BYTES = 16;

/** The id under which a stream is known to the server for as long as this page holds it, over all its connections. */
export function newStreamId(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(ID_BYTES));
}
