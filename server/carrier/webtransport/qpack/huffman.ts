/** The length of each symbol's code, in bits (RFC 7541, Appendix B); the last is EOS. The code is canonical: lengths define it. */
// prettier-ignore
const CODE_BITS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const EOS = 256;
const LONGEST_BITS = 30;

/** Symbols by length and code. */
const SYMBOLS = canonicalCode(CODE_BITS);

function canonicalCode(lengths: readonly number[]): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const byLength = new Map<number, Map<number, number>>();
  let code = 0;
  for (let bits = 1; bits <= LONGEST_BITS; bits++) {
    const codes = new Map<number, number>();
    lengths.forEach((length, symbol) => length === bits && codes.set(code++, symbol));
    byLength.set(bits, codes);
    code *= 2;
  }
  return byLength;
}

/** The text of a Huffman-coded string (RFC 7541, 5.2), bytes as Latin-1; undefined for what is none. */
export function decodeHuffman(bytes: Uint8Array): string | undefined {
  const text: number[] = [];
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let shift = 7; shift >= 0; shift--) {
      code = code * 2 + ((byte >> shift) & 1);
      bits += 1;
      const symbol = SYMBOLS.get(bits)?.get(code);
      if (symbol === EOS || bits > LONGEST_BITS) return undefined;
      if (symbol === undefined) continue;
      text.push(symbol);
      code = bits = 0;
    }
  }
  // What is left is padding: fewer than eight bits, all ones.
  return bits < 8 && code === 2 ** bits - 1 ? Buffer.from(text).toString('latin1') : undefined;
}
