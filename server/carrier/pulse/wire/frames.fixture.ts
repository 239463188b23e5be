import { DESCRIPTOR_BYTES, FLAG, NO_CHANNEL, REFERENCE_BYTES } from './framing/descriptor.js';
import type { Frame } from './framing/frame-reader.js';
import { COMMANDS, type CommandName, type RequestBody } from './requests.js';
import type { Command } from './messages/command.js';
import { TagWriter } from './tagstruct/tag-writer.js';

/** A frame's bytes, as whoever sent it wrote them. */
export function bytesOfFrame(frame: Frame): Buffer {
  switch (frame.kind) {
    case 'packet':
      return framed(frame.bytes, NO_CHANNEL, 0n, 0);
    case 'sound':
      return framed(frame.bytes, frame.channel, BigInt(frame.offset), frame.seek);
    case 'reference': {
      const { block, pool, index, lengthBytes } = frame.reference;
      const words = Buffer.alloc(REFERENCE_BYTES);
      for (const [at, word] of [block, pool, index, lengthBytes].entries()) words.writeUInt32BE(word, 4 * at);
      const flags = (FLAG.REFERENCE | FLAG.MEMFD | frame.seek) >>> 0;
      return framed(words, frame.channel, BigInt(frame.offset), flags);
    }
    case 'release':
      return framed(new Uint8Array(), NO_CHANNEL, BigInt(frame.block) << 32n, FLAG.RELEASE);
    case 'revoke':
      return framed(new Uint8Array(), NO_CHANNEL, BigInt(frame.block) << 32n, FLAG.REVOKE);
  }
}

/** Any frame at all. */
export function framed(body: Uint8Array, channel: number, offset: bigint, flags: number): Buffer {
  const descriptor = Buffer.alloc(DESCRIPTOR_BYTES);
  descriptor.writeUInt32BE(body.length, 0);
  descriptor.writeUInt32BE(channel, 4);
  descriptor.writeBigUInt64BE(BigInt.asUintN(64, offset), 8);
  descriptor.writeUInt32BE(flags, 16);
  return Buffer.concat([descriptor, body]);
}

/** A client's request, without its descriptor. */
export function requestBytes<N extends CommandName>(name: N, tag: number, body: RequestBody<N>, version = 35): Buffer {
  const command: Command<unknown, unknown> = COMMANDS[name];
  return packetOf(command.code, tag, (to) => command.request.write(to, body, version));
}

export function packetOf(code: number, tag: number, write: (to: TagWriter) => void): Buffer {
  const to = new TagWriter(64);
  to.u32(code);
  to.u32(tag);
  write(to);
  return Buffer.from(to.written());
}
