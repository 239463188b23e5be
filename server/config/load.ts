import { WeirError } from '../observe/errors.js';
import { type LoadedFile, loadFile } from './config-file.js';
import { type ListenAddress, parseListen } from './listen.js';
import { type Environment, runtimeDirFor, stateDirFor } from './runtime-dir.js';
import { DEFAULT_LISTEN, DEFAULT_LOG_LEVEL, LOG_LEVELS, type LogLevel } from './schema.js';

/** `weir serve`'s own flags. */
export interface ServeFlags {
  config?: string;
  listen?: string;
  runtimeDir?: string;
  stateDir?: string;
  /** Device specs; given, they replace those of the environment and the file. */
  devices?: string[];
}

/** Everything that a person can set, checked and complete. */
export interface Config {
  readonly listen: ListenAddress;
  readonly runtimeDir: string;
  readonly stateDir: string;
  /** Device specs as they were written; empty: the server looks for itself. */
  readonly devices: readonly string[];
  readonly limits: {
    /** Connections at once, of all carriers. */
    readonly clients: number;
    /** Streams of one client at once. */
    readonly streams: number;
    /** Shared memory of one client, both directions together. */
    readonly poolBytes: number;
  };
  /** Permission bits of the sockets. */
  readonly socketMode: number;
  readonly logLevel: LogLevel;
}

/** Between the specs of WEIR_DEVICES: a comma is part of many a PCM's name, a space of many a path. */
const DEVICES_SEPARATOR = ';';

/** Flags beat environment beats file beats defaults. What is wrong is one line that names its place. */
export function loadConfig({ flags, env }: { flags: ServeFlags; env: Environment }): Config | WeirError {
  const file = loadFile(flags.config, env);
  if (file instanceof WeirError) return file;
  const { values } = file;

  const listen = chooseListen(flags, env, file);
  if (listen instanceof WeirError) return listen;
  const logLevel = variable(env, 'WEIR_LOG_LEVEL') ?? values.log.level ?? DEFAULT_LOG_LEVEL;
  if (!isLogLevel(logLevel)) {
    return new WeirError('CONFIG_INVALID', `WEIR_LOG_LEVEL: "${logLevel}" is none of ${LOG_LEVELS.join(', ')}`);
  }

  return {
    listen,
    runtimeDir: runtimeDirFor(flags.runtimeDir ?? variable(env, 'WEIR_RUNTIME_DIR') ?? values.runtime_dir, env),
    stateDir: stateDirFor(flags.stateDir ?? variable(env, 'WEIR_STATE_DIR') ?? values.state_dir, env),
    devices: flags.devices ?? devicesOf(env) ?? values.devices ?? [],
    limits: {
      clients: values.limits.clients,
      streams: values.limits.streams,
      poolBytes: values.limits.pool_bytes,
    },
    socketMode: Number.parseInt(values.socket.mode, 8),
    logLevel,
  };
}

function chooseListen(flags: ServeFlags, env: Environment, file: LoadedFile): ListenAddress | WeirError {
  const inEnvironment = variable(env, 'WEIR_LISTEN');
  const inFile = file.values.listen;
  const address = parseListen(flags.listen ?? inEnvironment ?? inFile ?? DEFAULT_LISTEN);
  if (!(address instanceof WeirError)) return address;
  const from =
    flags.listen !== undefined ? '--listen' : inEnvironment !== undefined ? 'WEIR_LISTEN' : file.place('listen');
  return new WeirError(address.code, `${from}: ${address.what}`);
}

/** A variable that is set to something: an empty one counts as absent, as XDG has it. */
function variable(env: Environment, name: string): string | undefined {
  return env[name] || undefined;
}

function devicesOf(env: Environment): string[] | undefined {
  const specs = variable(env, 'WEIR_DEVICES')?.split(DEVICES_SEPARATOR);
  return specs?.map((spec) => spec.trim()).filter((spec) => spec !== '');
}

function isLogLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text);
}
