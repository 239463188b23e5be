import koffi from 'koffi';

// No encoder of Ogg Opus is among the test tools, so the tests write one: libopus and the Ogg page of RFC 3533, section 6.

const FRAMES = 960;
const OPUS_APPLICATION_AUDIO = 2049;
const PACKET_BYTES = 4000;
const PRE_SKIP = 312;

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value >>> 0;
});

function crc(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = ((value << 8) ^ (crcTable[(value >>> 24) ^ byte] ?? 0)) >>> 0;
  return value;
}

function page(packet: Uint8Array, sequence: number, granule: number, flags: number): Buffer {
  const lacing = Buffer.alloc(Math.floor(packet.length / 255) + 1, 255);
  lacing[lacing.length - 1] = packet.length % 255;
  const head = Buffer.alloc(27);
  head.write('OggS', 'latin1');
  head.writeUInt8(flags, 5);
  head.writeBigUInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(1, 14);
  head.writeUInt32LE(sequence, 18);
  head.writeUInt8(lacing.length, 26);
  const whole = Buffer.concat([head, lacing, packet]);
  whole.writeUInt32LE(crc(whole), 22);
  return whole;
}

/** A stereo sine of `hz` at half scale, `packets` × 20 ms at 48 kHz (RFC 7845). */
export function oggOpus(hz: number, packets: number): Buffer {
  const opus = koffi.load('libopus.so.0');
  const create = opus.func('void *opus_encoder_create(int rate, int channels, int application, _Out_ int *error)');
  const encode = opus.func(
    'int opus_encode_float(void *encoder, const float *pcm, int frames, _Out_ uint8_t *out, int size)',
  );
  const encoder: unknown = create(48_000, 2, OPUS_APPLICATION_AUDIO, [0]);
  const head = Buffer.from('OpusHead\x01\x02\0\0\x80\xbb\0\0\0\0\0', 'latin1');
  head.writeUInt16LE(PRE_SKIP, 10);
  const tags = Buffer.from('OpusTags\x04\0\0\0weir\0\0\0\0', 'latin1');
  const pages = [page(head, 0, 0, 2), page(tags, 1, 0, 0)];
  for (let packet = 0; packet < packets; packet++) {
    const pcm = Float32Array.from({ length: FRAMES * 2 }, (_, sample) => {
      const frame = packet * FRAMES + (sample >> 1);
      return 0.5 * Math.sin((2 * Math.PI * hz * frame) / 48_000);
    });
    const out = new Uint8Array(PACKET_BYTES);
    const length: unknown = encode(encoder, pcm, FRAMES, out, PACKET_BYTES);
    if (typeof length !== 'number' || length <= 0) throw new Error(`opus_encode_float: ${String(length)}`);
    pages.push(page(out.subarray(0, length), packet + 2, (packet + 1) * FRAMES, packet === packets - 1 ? 4 : 0));
  }
  return Buffer.concat(pages);
}
