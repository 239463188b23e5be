/** @param value 0 … 2^53 - 1, as QUIC's variable-length integer: the first two bits say how many bytes (RFC 9000, 16). */
export function varint(value: number): Buffer {
  const power = value < 2 ** 6 ? 0 : value < 2 ** 14 ? 1 : value < 2 ** 30 ? 2 : 3;
  const sizeBytes = 2 ** power;
  const whole = Buffer.alloc(8);
  whole.writeBigUInt64BE(BigInt(value));
  const bytes = whole.subarray(8 - sizeBytes);
  bytes[0] = (bytes[0] ?? 0) | (power << 6);
  return bytes;
}

export interface Varint {
  readonly value: number;
  /** Where what follows begins. */
  readonly next: number;
}

/** Undefined where `bytes` end too early. Values past 2^53 come out inexact: nothing here has such. */
export function readVarint(bytes: Uint8Array, at = 0): Varint | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const next = at + 2 ** (first >> 6);
  if (next > bytes.length) return undefined;
  let value = first & 0x3f;
  for (let i = at + 1; i < next; i++) value = value * 256 + (bytes[i] ?? 0);
  return { value, next };
}
