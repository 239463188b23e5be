import { WeirError } from '../../../observe/errors.js';
import type { Command, ServerEvent } from './messages/command.js';
import { EVENTS } from './messages/events.js';
import { packetOf } from './frames.fixture.js';
import { VERSION_MAX } from './limits.js';
import { COMMANDS, type CommandName, parseRequest, type ReplyBody } from './requests.js';
import { TagReader } from './tagstruct/tag-reader.js';

/** One packet: its bytes as they came, and as our tables build them from what was read. */
export interface Told {
  readonly name: string;
  readonly by: 'client' | 'server';
  readonly version: number;
  readonly came: Buffer;
  readonly built: Buffer;
}

const ERROR = 0;
const REPLY = 2;

/** The packets of one connection, taken apart and put together again. What cannot be passes as it is, as 'unknown'. */
export class Translation {
  readonly #forced: number | undefined;
  readonly #tell: (told: Told) => void;
  readonly #asked = new Map<number, CommandName>();
  #version: number;

  constructor(forced: number | undefined, tell: (told: Told) => void) {
    this.#forced = forced;
    this.#version = forced ?? VERSION_MAX;
    this.#tell = tell;
  }

  translate(packet: Uint8Array, isClients: boolean): Buffer {
    const came = Buffer.from(packet);
    const version = this.#version;
    const [name, built] = isClients ? this.#request(came) : this.#understood(came);
    this.#tell({ name, by: isClients ? 'client' : 'server', version, came, built });
    return built;
  }

  #understood(came: Buffer): [string, Buffer] {
    try {
      return this.#answer(came);
    } catch (error) {
      if (error instanceof WeirError) return [`unknown: ${error.what}`, came];
      throw error;
    }
  }

  #request(came: Buffer): [string, Buffer] {
    const request = parseRequest(came, this.#version);
    if (request.name === undefined) return [`unknown: ${request.error.what}`, came];
    const { name, tag } = request;
    this.#asked.set(tag, name);
    const command: Command<unknown, unknown> = COMMANDS[name];
    const body = name === 'AUTH' ? { ...request.body, dialect: this.#dialect(request.body.dialect) } : request.body;
    return [name, packetOf(command.code, tag, (to) => command.request.write(to, body, this.#version))];
  }

  #answer(came: Buffer): [string, Buffer] {
    const from = new TagReader(came);
    const [code, tag] = [from.u32(), from.u32()];
    if (code === ERROR) return ['ERROR', packetOf(code, tag, (to) => to.u32(from.u32()))];
    if (code === REPLY) return this.#reply(from, tag);
    const [name, event]: [string, ServerEvent<unknown>?] = Object.entries(EVENTS).find(
      ([, { code: own }]) => own === code,
    ) ?? ['unknown event'];
    if (!event) return [name, came];
    const body = event.body.read(from, this.#version);
    from.end();
    return [name, packetOf(code, tag, (to) => event.body.write(to, body, this.#version))];
  }

  #reply(from: TagReader, tag: number): [string, Buffer] {
    const name = this.#asked.get(tag);
    if (name === undefined) throw new Error(`a reply to ${tag}, which nobody asked`);
    this.#asked.delete(tag);
    const command: Command<unknown, unknown> = COMMANDS[name];
    const body = name === 'AUTH' ? this.#authReply(from) : command.reply.read(from, this.#version);
    from.end();
    return [name, packetOf(REPLY, tag, (to) => command.reply.write(to, body, this.#version))];
  }

  #authReply(from: TagReader): ReplyBody<'AUTH'> {
    const { dialect } = COMMANDS.AUTH.reply.read(from, this.#version);
    return { dialect: this.#dialect(dialect) };
  }

  #dialect<D extends { readonly version: number }>(said: D): D {
    return this.#forced === undefined ? said : { ...said, version: this.#forced };
  }
}
