import { SIZE_LIMITS } from '../limits.js';
import { decodeHuffman } from './huffman.js';
import { STATIC_TABLE } from './static-table.js';

/** One header: names are lower case. */
export type Field = readonly [name: string, value: string];

/** First bits of a field line (RFC 9204, 4.5), the ones that need no dynamic table. */
const INDEXED_STATIC = 0b1100_0000;
const NAME_STATIC = 0b0101_0000;
const NAME_LITERAL = 0b0010_0000;
const HUFFMAN_NAME = 0b0000_1000;
const HUFFMAN_VALUE = 0b1000_0000;

/**
 * The headers of one encoded field section (RFC 9204, 4.5), by the static table and literals alone: we announce a dynamic
 * table of no bytes, so an encoder that keeps to it uses nothing else. Undefined for anything else, and past the limits.
 */
export function decodeFields(section: Uint8Array): Field[] | undefined {
  const reader = new SectionReader(section);
  // Required Insert Count and Base: both are 0 without a dynamic table.
  if (reader.integer(8) !== 0 || reader.integer(7) !== 0) return undefined;
  const fields: Field[] = [];
  let decodedBytes = 0;
  while (!reader.atEnd) {
    const field = readField(reader);
    if (!field) return undefined;
    fields.push(field);
    decodedBytes += field[0].length + field[1].length;
    if (fields.length > SIZE_LIMITS.headerFields || decodedBytes > SIZE_LIMITS.headerBytes) return undefined;
  }
  return fields;
}

function readField(reader: SectionReader): Field | undefined {
  const first = reader.peek();
  if ((first & INDEXED_STATIC) === INDEXED_STATIC) return STATIC_TABLE[reader.integer(6) ?? -1];
  let name: string | undefined;
  if ((first & 0b1101_0000) === NAME_STATIC) name = STATIC_TABLE[reader.integer(4) ?? -1]?.[0];
  else if ((first & 0b1110_0000) === NAME_LITERAL) name = reader.text(3, HUFFMAN_NAME);
  if (name === undefined) return undefined;
  const value = reader.text(7, HUFFMAN_VALUE);
  return value === undefined ? undefined : [name, value];
}

/** Few and short headers: literals, and the static table where it has the whole field. */
export function encodeFields(fields: readonly Field[]): Buffer {
  const parts = fields.map(([name, value]) => {
    const index = STATIC_TABLE.findIndex((known) => known[0] === name && known[1] === value);
    if (index >= 0) return encodeInteger(INDEXED_STATIC, 6, index);
    const [nameBytes, valueBytes] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
    const nameLength = encodeInteger(NAME_LITERAL, 3, nameBytes.length);
    return Buffer.concat([nameLength, nameBytes, encodeInteger(0, 7, valueBytes.length), valueBytes]);
  });
  return Buffer.concat([Buffer.alloc(2), ...parts]);
}

/** `flags` above an integer of a prefix of `bits` (RFC 7541, 5.1). */
function encodeInteger(flags: number, bits: number, value: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.of(flags | value);
  const bytes = [flags | most];
  let rest = value - most;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

class SectionReader {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.#at >= this.bytes.length;
  }

  peek(): number {
    return this.bytes[this.#at] ?? 0;
  }

  /** An integer of a prefix of `bits`; undefined where it does not end in time or is larger than anything here may be. */
  integer(bits: number): number | undefined {
    const most = 2 ** bits - 1;
    const first = this.bytes[this.#at++];
    if (first === undefined) return undefined;
    let value = first & most;
    if (value < most) return value;
    for (let scale = 1; value <= SIZE_LIMITS.headerBytes; scale *= 0x80) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  /** A string whose length has a prefix of `bits`, Huffman-coded where `huffman` is set before it. */
  text(bits: number, huffman: number): string | undefined {
    const coded = (this.peek() & huffman) !== 0;
    const length = this.integer(bits);
    if (length === undefined || this.#at + length > this.bytes.length) return undefined;
    const bytes = this.bytes.subarray(this.#at, (this.#at += length));
    return coded ? decodeHuffman(bytes) : Buffer.from(bytes).toString('latin1');
  }
}
