/** Cuts chunks of any length into chunks of whole frames; a torn frame at the very end is left out. */
export async function* wholeFrames(chunks: AsyncIterable<Uint8Array>, frameBytes: number): AsyncGenerator<Uint8Array> {
  let torn: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (torn.length > 0) {
      bytes = new Uint8Array(torn.length + chunk.length);
      bytes.set(torn);
      bytes.set(chunk, torn.length);
    }
    const whole = bytes.length - (bytes.length % frameBytes);
    torn = new Uint8Array(bytes.subarray(whole));
    if (whole > 0) yield bytes.subarray(0, whole);
  }
}

/** Unsigned 8-bit samples as s16. */
export function s16FromU8(bytes: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length * 2);
  bytes.forEach((value, index) => out.writeInt16LE((value - 128) << 8, index * 2));
  return out;
}

/** 64-bit floats as f32. */
export function f32FromF64(bytes: Uint8Array): Uint8Array {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = Buffer.allocUnsafe(bytes.length / 2);
  for (let at = 0; at < from.length; at += 8) out.writeFloatLE(from.readDoubleLE(at), at / 2);
  return out;
}

export async function* mapped(
  chunks: AsyncIterable<Uint8Array>,
  convert: (chunk: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield convert(chunk);
}
