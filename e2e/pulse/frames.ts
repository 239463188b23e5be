import {
  DESCRIPTOR_BYTES,
  FLAG,
  NO_CHANNEL,
  REFERENCE_BYTES,
} from '../../server/carrier/pulse/wire/framing/descriptor.js';
import { COMMANDS, type CommandName, type RequestBody } from '../../server/carrier/pulse/wire/requests.js';
import type { Command } from '../../server/carrier/pulse/wire/messages/command.js';
import { TagWriter } from '../../server/carrier/pulse/wire/tagstruct/tag-writer.js';

/** What a frame's descriptor says beside its length. */
export interface Described {
  readonly channel?: number;
  readonly offset?: bigint;
  readonly flags?: number;
}

export interface Reference {
  readonly block?: number;
  readonly pool: number;
  readonly index: number;
  readonly length: number;
}

/** Of a block by reference to a registered memfd. */
export const BY_MEMFD = (FLAG.REFERENCE | FLAG.MEMFD) >>> 0;

/** Five words as they stand before a frame, true or not. */
export function descriptor(length: number, { channel = NO_CHANNEL, offset = 0n, flags = 0 }: Described = {}): Buffer {
  const bytes = Buffer.alloc(DESCRIPTOR_BYTES);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(channel, 4);
  bytes.writeBigInt64BE(offset, 8);
  bytes.writeUInt32BE(flags, 16);
  return bytes;
}

export function frame(payload: Uint8Array, described: Described = {}): Buffer {
  return Buffer.concat([descriptor(payload.length, described), payload]);
}

/** A block that lies in a pool. */
export function referenceFrame(
  { block = 0, pool, index, length }: Reference,
  { flags = BY_MEMFD, ...described }: Described = { channel: 0 },
): Buffer {
  const words = Buffer.alloc(REFERENCE_BYTES);
  [block, pool, index, length].forEach((word, i) => words.writeUInt32BE(word, 4 * i));
  return frame(words, { ...described, flags });
}

/** A request as libpulse would put it. */
export function packet<N extends CommandName>(name: N, tag: number, body: RequestBody<N>, version = 35): Buffer {
  const command: Command<unknown, unknown> = COMMANDS[name];
  const tags = new TagWriter(1024);
  tags.u32(command.code);
  tags.u32(tag);
  command.request.write(tags, body, version);
  return Buffer.from(tags.written());
}

export const requestFrame = <N extends CommandName>(name: N, tag: number, body: RequestBody<N>): Buffer =>
  frame(packet(name, tag, body));

export function repeated(bytes: Uint8Array, times: number): Buffer {
  return Buffer.concat(Array<Uint8Array>(times).fill(bytes));
}
