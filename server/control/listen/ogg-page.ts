/** The Ogg container (RFC 3533, section 6): one page, one packet. */

const HEAD_BYTES = 27;
const CRC_AT = 22;
/** A packet is laced in pieces of at most 255 bytes, and a page holds so many. */
const LACE = 255;
const LACES_MAX = 255;
/** A packet may be this long; a longer one would need pages of its own. */
export const OGG_PACKET_LIMIT_BYTES = LACE * LACES_MAX - 1;

export const OGG_FLAG = { none: 0, begin: 2, end: 4 } as const;

/** CRC-32 of the polynomial 0x04c11db7, most significant bit first, beginning with 0. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

function crc(bytes: Uint8Array): number {
  let value = 0;
  for (let at = 0; at < bytes.length; at++) {
    value = (value << 8) ^ (crcTable[(value >>> 24) ^ (bytes[at] ?? 0)] ?? 0);
  }
  return value >>> 0;
}

/** One logical bitstream: its pages in order. */
export class OggPages {
  readonly #serial: number;
  #sequence = 0;

  constructor(serial: number) {
    this.#serial = serial >>> 0;
  }

  /** `granule`: the position after this packet. The end may be said by an empty packet, which is a page without segments. */
  page(packet: Uint8Array, granule: number, flag: number = OGG_FLAG.none): Buffer {
    if (packet.length > OGG_PACKET_LIMIT_BYTES) throw new RangeError(`an Ogg packet of ${packet.length} bytes`);
    // A length that is a multiple of 255 needs a last lace of 0.
    const laces = packet.length === 0 ? 0 : Math.floor(packet.length / LACE) + 1;
    const page = Buffer.alloc(HEAD_BYTES + laces + packet.length);
    page.write('OggS', 'latin1');
    page[5] = flag;
    page.writeBigUInt64LE(BigInt(granule), 6);
    page.writeUInt32LE(this.#serial, 14);
    page.writeUInt32LE(this.#sequence++, 18);
    page[26] = laces;
    if (laces > 0) page.fill(LACE, HEAD_BYTES, HEAD_BYTES + laces - 1)[HEAD_BYTES + laces - 1] = packet.length % LACE;
    page.set(packet, HEAD_BYTES + laces);
    page.writeUInt32LE(crc(page), CRC_AT);
    return page;
  }
}
