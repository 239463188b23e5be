import { resolve } from 'node:path';
import { WeirError } from '../observe/errors.js';
import { addressKind } from './address.js';
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
  tlsCert?: string;
  tlsKey?: string;
  /** False: do not announce the server. */
  mdns?: boolean;
}

/** PEM files of the owner's: a certificate with its chain, and its key. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
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
  /** Where programs of other machines may play by PulseAudio's protocol; absent: nowhere. */
  readonly pulseTcp?: ListenAddress;
  /** The owner's certificate; absent: one of our own making. */
  readonly tls?: TlsFiles;
  /** Whether the server announces itself to the network it listens in. */
  readonly mdns: boolean;
  readonly logLevel: LogLevel;
}

/** Between the specs of WEIR_DEVICES: a comma is part of many a PCM's name, a space of many a path. */
const DEVICES_SEPARATOR = ';';

/** Flags beat environment beats file beats defaults. What is wrong is one line that names its place. */
export function loadConfig({ flags, env }: { flags: ServeFlags; env: Environment }): Config | WeirError {
  const file = loadFile(flags.config, env);
  if (file instanceof WeirError) return file;
  const { values } = file;

  const tls = chooseTls(flags, env, file);
  if (tls instanceof WeirError) return tls;
  const listen = chooseListen(flags, env, file, tls);
  if (listen instanceof WeirError) return listen;
  const pulseTcp = choosePulseTcp(file);
  if (pulseTcp instanceof WeirError) return pulseTcp;
  const mdns = chooseMdns(flags, env, file);
  if (mdns instanceof WeirError) return mdns;
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
    pulseTcp,
    tls,
    mdns,
    logLevel,
  };
}

function chooseListen(
  flags: ServeFlags,
  env: Environment,
  file: LoadedFile,
  tls: TlsFiles | undefined,
): ListenAddress | WeirError {
  const inEnvironment = variable(env, 'WEIR_LISTEN');
  const inFile = file.values.listen;
  const address = parseListen(flags.listen ?? inEnvironment ?? inFile ?? DEFAULT_LISTEN);
  const refused = address instanceof WeirError ? address : refusePublic(address, tls);
  if (!refused) return address;
  const from =
    flags.listen !== undefined ? '--listen' : inEnvironment !== undefined ? 'WEIR_LISTEN' : file.place('listen');
  return new WeirError(refused.code, `${from}: ${refused.what}`);
}

/** Our own CA may vouch for private addresses only. */
function refusePublic({ host }: ListenAddress, tls: TlsFiles | undefined): WeirError | undefined {
  if (tls || addressKind(host) !== 'public') return undefined;
  return new WeirError('LISTEN_REFUSED', `${host} is a public address, and there is no certificate of yours for it`);
}

/** Nobody reads over the shoulder of PulseAudio's protocol but in a network of one's own: it is not encrypted. */
function choosePulseTcp(file: LoadedFile): ListenAddress | WeirError | undefined {
  const { tcp } = file.values.pulse;
  if (tcp === undefined) return undefined;
  const address = parseListen(tcp);
  if (address instanceof WeirError) return new WeirError(address.code, `${file.place('pulse.tcp')}: ${address.what}`);
  if (addressKind(address.host) !== 'public') return address;
  const what = `${address.host} is a public address, and this protocol is not encrypted`;
  return new WeirError('LISTEN_REFUSED', `${file.place('pulse.tcp')}: ${what}`);
}

/** From the first place that gives any of the two: a certificate goes with the key beside it. */
function chooseTls(flags: ServeFlags, env: Environment, file: LoadedFile): TlsFiles | WeirError | undefined {
  const places = [
    { from: '--tls-cert and --tls-key', cert: flags.tlsCert, key: flags.tlsKey },
    {
      from: 'WEIR_TLS_CERT and WEIR_TLS_KEY',
      cert: variable(env, 'WEIR_TLS_CERT'),
      key: variable(env, 'WEIR_TLS_KEY'),
    },
  ];
  const given = places.find(({ cert, key }) => cert !== undefined || key !== undefined);
  if (!given) return file.values.tls;
  const { from, cert, key } = given;
  if (cert === undefined || key === undefined) return new WeirError('CONFIG_INVALID', `${from}: give both or none`);
  return { cert: resolve(cert), key: resolve(key) };
}

function chooseMdns(flags: ServeFlags, env: Environment, file: LoadedFile): boolean | WeirError {
  if (flags.mdns === false) return false;
  const inEnvironment = variable(env, 'WEIR_MDNS');
  if (inEnvironment === undefined) return file.values.mdns.enabled;
  if (inEnvironment === 'on' || inEnvironment === 'off') return inEnvironment === 'on';
  return new WeirError('CONFIG_INVALID', `WEIR_MDNS: "${inEnvironment}" is neither on nor off`);
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
