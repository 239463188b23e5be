import { COMMANDS, type CommandName, type ReplyBody } from '../requests.js';
import { PULSE_ERROR, type PulseErrorName } from '../errors.js';
import { FIRST_WRITE_BUFFER_BYTES, KEPT_WRITE_BUFFER_BYTES, RELEASES_TOGETHER, VERSION_MIN } from '../limits.js';
import { EVENTS, type EventBody, type EventName } from '../messages/events.js';
import type { Command, ServerEvent } from '../messages/command.js';
import { TagWriter } from '../tagstruct/tag-writer.js';
import { DESCRIPTOR_BYTES, FLAG, NO_CHANNEL } from './descriptor.js';

const ERROR = 0;
const REPLY = 2;
/** What the server says unasked has no tag. */
const NO_TAG = 0xffff_ffff;

/** What one client is told: frames back to back in one buffer, which is sent from its start. */
export class FrameWriter {
  /** Of the protocol, as AUTH agreed on it: decides which fields and events there are. */
  version = VERSION_MIN;
  readonly #tags = new TagWriter(FIRST_WRITE_BUFFER_BYTES);
  #sent = 0;
  /** How many of the frames that wait only give blocks back. */
  #releases = 0;

  /** Bytes that wait to be sent. */
  get length(): number {
    return this.#tags.length - this.#sent;
  }

  /** Whether any of it is not to wait for more. Blocks go back in company: a send of their own would wake their client for nothing. */
  get due(): boolean {
    return this.#releases >= RELEASES_TOGETHER || this.length > this.#releases * DESCRIPTOR_BYTES;
  }

  /** What waits to be sent. A view, good until anything else is called. */
  waiting(): Uint8Array {
    return this.#tags.written(this.#sent);
  }

  /** So many bytes left. */
  sent(bytes: number): void {
    this.#sent += bytes;
    this.#releases = 0; // what is left of a send goes as soon as it can
    if (this.length === 0) this.#tags.clear(KEPT_WRITE_BUFFER_BYTES);
    else if (this.#sent < KEPT_WRITE_BUFFER_BYTES) return;
    else this.#tags.drop(this.#sent);
    this.#sent = 0;
  }

  reply<N extends CommandName>(name: N, tag: number, body: ReplyBody<N>): void {
    const command: Command<unknown, unknown> = COMMANDS[name];
    this.replyTo(command, tag, body);
  }

  /** The same for a command that is in no table of ours: of an extension. */
  replyTo<Reply>(command: Command<unknown, Reply>, tag: number, body: Reply): void {
    const start = this.#begin(REPLY, tag);
    command.reply.write(this.#tags, body, this.version);
    this.#end(start);
  }

  /** A reply without fields. */
  acknowledge(tag: number): void {
    this.#end(this.#begin(REPLY, tag));
  }

  error(tag: number, error: PulseErrorName): void {
    const start = this.#begin(ERROR, tag);
    this.#tags.u32(PULSE_ERROR[error]);
    this.#end(start);
  }

  /** Nothing where the client is too old to know it. */
  event<N extends EventName>(name: N, body: EventBody<N>): void {
    const event: ServerEvent<unknown> = EVENTS[name];
    if (this.version < event.since) return;
    const start = this.#begin(event.code, NO_TAG);
    event.body.write(this.#tags, body, this.version);
    this.#end(start);
  }

  /** Room for recorded sound, to be filled at once: the view is good until anything else is called. */
  sound(channel: number, bytes: number): Uint8Array {
    this.#describe(bytes, channel, 0, 0);
    const at = this.#tags.room(bytes);
    return this.#tags.written(at);
  }

  /** The client has its block back; it learns so with the next thing that it is told. */
  release(block: number): void {
    this.#releases++;
    this.#describe(0, NO_CHANNEL, block, FLAG.RELEASE);
  }

  #begin(command: number, tag: number): number {
    const start = this.#describe(0, NO_CHANNEL, 0, 0);
    this.#tags.u32(command);
    this.#tags.u32(tag);
    return start;
  }

  #end(start: number): void {
    this.#tags.patchU32(start, this.#tags.length - start - DESCRIPTOR_BYTES);
  }

  /** Where the descriptor begins. */
  #describe(length: number, channel: number, offsetHigh: number, flags: number): number {
    const tags = this.#tags;
    const start = tags.length;
    tags.bareU32(length);
    tags.bareU32(channel);
    tags.bareU32(offsetHigh);
    tags.bareU32(0);
    tags.bareU32(flags);
    return start;
  }
}
