import {
  close,
  connect,
  must,
  nowNs,
  pollReadable,
  receive,
  send,
  sleepUntilNs,
  SysError,
} from '../../native-shim/sys.js';
import { PULSE_ERROR } from '../../server/carrier/pulse/wire/errors.js';
import { DESCRIPTOR_BYTES, NO_CHANNEL } from '../../server/carrier/pulse/wire/framing/descriptor.js';
import { COOKIE_BYTES } from '../../server/carrier/pulse/wire/limits.js';
import type { Command } from '../../server/carrier/pulse/wire/messages/command.js';
import { EVENTS } from '../../server/carrier/pulse/wire/messages/events.js';
import {
  COMMANDS,
  type CommandName,
  type ReplyBody,
  type RequestBody,
} from '../../server/carrier/pulse/wire/requests.js';
import { TagReader } from '../../server/carrier/pulse/wire/tagstruct/tag-reader.js';
import { proplistOf } from '../../server/carrier/pulse/wire/values/proplist.js';
import { packet, frame } from './frames.js';

const ANSWER_LIMIT_MS = 10_000;
const READ_BYTES = 256 * 1024;
const ERROR = 0;
const REPLY = 2;
/** Of what the server says unasked. */
const NO_TAG = 0xffff_ffff;
const VERSION = 35;
/** Of a reply that was an ERROR: its number's name. */
const ERROR_NAMES = new Map<number, string>(Object.entries(PULSE_ERROR).map(([name, code]) => [code, name]));
const EVENT_NAMES = new Map<number, string>(Object.entries(EVENTS).map(([name, { code }]) => [code, name]));

/** The two ways in which a server can refuse: a word, and the end of the connection. */
export type Refusal = string;

interface Message {
  readonly command: number;
  readonly tag: number;
  readonly fields: TagReader;
}

export function sleepMs(ms: number): void {
  sleepUntilNs(nowNs() + ms * 1e6);
}

/** PulseAudio's protocol without libpulse's manners: sends whatever it is given, blocks, reads only when it is told to. */
export class RawPulse {
  readonly fd: number;
  /** Descriptors that the server sent: there should be none. */
  readonly fds: number[] = [];
  /** What it said unasked, by name; blocks of sound as `sound`. */
  readonly heard: string[] = [];
  soundBytes = 0;
  /** A server that is not read does not read either. */
  readsWhileSending = false;
  #waiting: Buffer = Buffer.alloc(0);
  /** Far from the tags of packets that are made by hand, and changed by chance: an answer to one of those is never taken for another. */
  #lastTag = 0x0102_0304;
  #ended = false;

  constructor(socket: string) {
    this.fd = must(connect(socket));
  }

  /** One that has said who it is; `shares`: it offers shared memory, as libpulse does. */
  static greeted(socket: string, { name = 'attacker', shares = true } = {}): RawPulse {
    const client = new RawPulse(socket);
    const answers = [client.authenticate(shares), client.ask('SET_CLIENT_NAME', nameOf(name))];
    const refused = answers.find((answer) => typeof answer === 'string');
    if (refused !== undefined) throw new Error(`not let in: ${refused}`);
    return client;
  }

  authenticate(shares = true, version = VERSION, cookie = new Uint8Array(COOKIE_BYTES)): ReplyBody<'AUTH'> | Refusal {
    return this.ask('AUTH', { dialect: { version, sharedMemory: shares, memfd: shares }, cookie });
  }

  /** Sends all of it, however long the server does not read; false when it has closed, or takes nothing for so long. */
  send(bytes: Uint8Array, fds: readonly number[] = [], limitMs = ANSWER_LIMIT_MS): boolean {
    const deadline = performance.now() + limitMs;
    for (let rest = bytes, fdsLeft = fds; rest.length > 0;) {
      const sent = send(this.fd, rest, fdsLeft);
      if (sent instanceof SysError) {
        if (sent.errno !== 'EAGAIN' && sent.errno !== 'ENOBUFS') return false;
        if (performance.now() > deadline) return false;
        if (this.readsWhileSending) this.listen(1);
        else sleepMs(1);
        continue;
      }
      rest = rest.subarray(sent);
      fdsLeft = [];
    }
    return true;
  }

  /** Asks without waiting for the answer; the request's tag. */
  tell<N extends CommandName>(name: N, body: RequestBody<N>, fds: readonly number[] = []): number {
    const tag = this.#lastTag++;
    this.send(frame(packet(name, tag, body)), fds);
    return tag;
  }

  /** The reply, or its error's name; `ended` when the connection did instead. */
  ask<N extends CommandName>(name: N, body: RequestBody<N>, fds: readonly number[] = []): ReplyBody<N> | Refusal {
    const message = this.answerTo(this.tell(name, body, fds));
    if (message === undefined) return 'ended';
    if (message.command === ERROR) return ERROR_NAMES.get(message.fields.u32()) ?? 'unknown';
    if (message.command !== REPLY) throw new Error(`a reply of the kind ${message.command}`);
    const command: Command<unknown, unknown> = COMMANDS[name];
    const reply = command.reply.read(message.fields, VERSION) as ReplyBody<N>; // of the command that was asked
    message.fields.end();
    return reply;
  }

  /** As `ask`, where a refusal is the test's own mistake. */
  must<N extends CommandName>(name: N, body: RequestBody<N>, fds: readonly number[] = []): ReplyBody<N> {
    const reply = this.ask(name, body, fds);
    if (typeof reply === 'string') throw new Error(`${name}: ${reply}`);
    return reply;
  }

  /** The answer to what was told, in one word: as `word`. */
  wordOf(tag: number): string {
    const message = this.answerTo(tag);
    if (message === undefined) return 'ended';
    return message.command === ERROR ? (ERROR_NAMES.get(message.fields.u32()) ?? 'unknown') : 'done';
  }

  /** The answer in one word: `done`, an error's name, or `ended`. */
  word<N extends CommandName>(name: N, body: RequestBody<N>, fds: readonly number[] = []): string {
    const reply = this.ask(name, body, fds);
    return typeof reply === 'string' ? reply : 'done';
  }

  /** Reads on until the answer with this tag comes; undefined when the connection ended before. */
  answerTo(tag: number, limitMs = ANSWER_LIMIT_MS): Message | undefined {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const message = this.#next(deadline);
      if (message === undefined || message.tag === tag) return message;
    }
  }

  /** Reads for so long, or until the connection ends; whether it did. */
  listen(forMs: number): boolean {
    const deadline = performance.now() + forMs;
    for (let left = forMs; left > 0 && !this.#ended; left = deadline - performance.now()) {
      if (pollReadable(this.fd, Math.ceil(left)) > 0) this.#read();
      while (this.#cut() !== undefined);
    }
    return this.#ended;
  }

  /** Reads what comes until the server closes; whether it did in time. */
  awaitEnd(limitMs = ANSWER_LIMIT_MS): boolean {
    return this.listen(limitMs);
  }

  /** Whether the server still answers here. */
  get alive(): boolean {
    return this.word('STAT', undefined) === 'done';
  }

  close(): void {
    close(this.fd);
    for (const fd of this.fds) close(fd);
  }

  #next(deadline: number): Message | undefined {
    for (;;) {
      const message = this.#cut();
      if (message !== undefined) return message;
      if (this.#ended) return undefined;
      const waitMs = Math.ceil(deadline - performance.now());
      if (waitMs <= 0 || pollReadable(this.fd, waitMs) === 0) throw new Error('the server said nothing more in time');
      this.#read();
    }
  }

  #read(): void {
    const room = Buffer.allocUnsafe(READ_BYTES);
    const got = receive(this.fd, room, 16);
    if (got instanceof SysError) {
      if (got.errno !== 'EAGAIN') this.#ended = true;
      return;
    }
    this.#ended = got.length === 0;
    this.fds.push(...got.fds);
    this.#waiting = Buffer.concat([this.#waiting, room.subarray(0, got.length)]);
  }

  /** The next message that waits; what was said unasked is only noted. */
  #cut(): Message | undefined {
    for (;;) {
      const waiting = this.#waiting;
      const end = DESCRIPTOR_BYTES + (waiting.length < DESCRIPTOR_BYTES ? 0 : waiting.readUInt32BE(0));
      if (waiting.length < end) return undefined;
      this.#waiting = waiting.subarray(end);
      const message = this.#message(waiting.subarray(0, end));
      if (message && message.tag !== NO_TAG) return message;
      if (message) this.heard.push(EVENT_NAMES.get(message.command) ?? `command ${message.command}`);
    }
  }

  #message(whole: Buffer): Message | undefined {
    const body = whole.subarray(DESCRIPTOR_BYTES);
    if (whole.readUInt32BE(4) === NO_CHANNEL && body.length > 0) {
      const fields = new TagReader(body);
      return { command: fields.u32(), tag: fields.u32(), fields };
    }
    this.heard.push(body.length > 0 ? 'sound' : 'release');
    this.soundBytes += body.length;
    return undefined;
  }
}

export const nameOf = (name: string): RequestBody<'SET_CLIENT_NAME'> => ({
  properties: proplistOf({ 'application.name': name }),
});
