import { WeirError } from '../../../observe/errors.js';
import type { Command } from './messages/command.js';
import { CONNECTION } from './messages/connection.js';
import { CONTROL } from './messages/control.js';
import { INTROSPECTION } from './messages/introspection.js';
import { PLAYBACK_STREAM } from './messages/playback-stream.js';
import { RECORD_STREAM } from './messages/record-stream.js';
import { SAMPLES } from './messages/samples.js';
import { STREAM_CONTROL } from './messages/stream-control.js';
import { TagReader } from './tagstruct/tag-reader.js';

/** Every request there is, by PulseAudio's name. */
export const COMMANDS = {
  ...CONNECTION,
  ...PLAYBACK_STREAM,
  ...RECORD_STREAM,
  ...STREAM_CONTROL,
  ...INTROSPECTION,
  ...CONTROL,
  ...SAMPLES,
} as const;

export type CommandName = keyof typeof COMMANDS;
export type RequestBody<N extends CommandName> =
  (typeof COMMANDS)[N] extends Command<infer Request, infer _> ? Request : never;
export type ReplyBody<N extends CommandName> =
  (typeof COMMANDS)[N] extends Command<infer _, infer Reply> ? Reply : never;

/** A request whose fields are of the right kind and, each for itself, possible. Views in it are as good as its packet. */
export type Request = {
  [N in CommandName]: { readonly name: N; readonly tag: number; readonly body: RequestBody<N> };
}[CommandName];

/** One that is answered with an error. BAD_MESSAGE ends the connection instead: the two sides do not understand each other. */
export interface BadRequest {
  readonly name: undefined;
  readonly tag: number;
  readonly error: WeirError;
}

type AnyCommand = Command<unknown, unknown>;
const BY_CODE: readonly (readonly [CommandName, AnyCommand] | undefined)[] = byCode();

/** @param version of the protocol that the client and we agreed on; before AUTH it does not matter */
export function parseRequest(packet: Uint8Array, version: number): Request | BadRequest {
  let tag = 0;
  try {
    const from = new TagReader(packet);
    const code = from.u32();
    tag = from.u32();
    const found = BY_CODE[code];
    if (!found) throw new WeirError('BAD_MESSAGE', `no request has the number ${code}`);
    const [name, command] = found;
    const body = command.request.read(from, version);
    from.end();
    const error = command.check(body);
    return error ? { name: undefined, tag, error } : ({ name, tag, body } as Request); // of one entry of the table
  } catch (error) {
    if (error instanceof WeirError) return { name: undefined, tag, error };
    throw error;
  }
}

function byCode(): (readonly [CommandName, AnyCommand] | undefined)[] {
  const table: (readonly [CommandName, AnyCommand] | undefined)[] = [];
  for (const name of commandNames()) table[COMMANDS[name].code] = [name, COMMANDS[name]];
  return table;
}

function commandNames(): CommandName[] {
  return Object.keys(COMMANDS).filter((name): name is CommandName => Object.hasOwn(COMMANDS, name));
}
