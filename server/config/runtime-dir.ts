import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { close, lockFile, SysError } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';

// Where the sockets and the state live, and who may have made those folders: an attacker who owns one of them, or can
// replace it, stands between every client and the server.

export type Environment = Readonly<Record<string, string | undefined>>;

const DIR_MODE = 0o700;
const WRITABLE_BY_GROUP_OR_OTHERS = 0o022;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;

const LOCK_NAME = 'weir.lock';

const ownUid = process.geteuid?.() ?? -1;

/** Sockets: `--runtime-dir`, WEIR_RUNTIME_DIR, XDG_RUNTIME_DIR/weir, /run/weir for root, else weir-UID in the temporary folder. */
export function runtimeDirFor(flag: string | undefined, env: Environment, uid = ownUid): string {
  const given = flag ?? (env['WEIR_RUNTIME_DIR'] || undefined);
  if (given !== undefined) return resolve(given);
  if (env['XDG_RUNTIME_DIR']) return join(env['XDG_RUNTIME_DIR'], 'weir');
  return uid === 0 ? '/run/weir' : join(tmpdir(), `weir-${uid}`);
}

/** What outlives the server: `--state-dir`, WEIR_STATE_DIR, XDG_STATE_HOME/weir, /var/lib/weir for root, else XDG's default. */
export function stateDirFor(flag: string | undefined, env: Environment, uid = ownUid): string {
  const given = flag ?? (env['WEIR_STATE_DIR'] || undefined);
  if (given !== undefined) return resolve(given);
  if (env['XDG_STATE_HOME']) return join(env['XDG_STATE_HOME'], 'weir');
  return uid === 0 ? '/var/lib/weir' : join(homedir(), '.local', 'state', 'weir');
}

/** The native carrier's socket. */
export const socketPath = (runtimeDir: string): string => join(runtimeDir, 'weir.sock');
/** The PulseAudio carrier's socket. */
export const pulseSocketPath = (runtimeDir: string): string => join(runtimeDir, 'pulse.sock');

const unsafe = (what: string): WeirError => new WeirError('RUNTIME_DIR_UNSAFE', what);

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** Whether only we (and root) can change what is in `dir`, and nobody else can put another in its place. */
function checkPrivate(dir: string, uid: number): WeirError | undefined {
  const found = lstatSync(dir);
  if (found.isSymbolicLink()) return unsafe(`${dir} is a symbolic link`);
  if (!found.isDirectory()) return unsafe(`${dir} is no directory`);
  if (found.uid !== uid) return unsafe(`${dir} belongs to user ${found.uid}, not to ${uid}`);
  if (found.mode & WRITABLE_BY_GROUP_OR_OTHERS) {
    return unsafe(`${dir} can be written by others (mode ${octal(found.mode)}); "chmod 700 ${dir}" closes it`);
  }
  const parent = lstatSync(resolve(dir, '..'));
  if (parent.mode & WRITABLE_BY_OTHERS && !(parent.mode & STICKY)) {
    return unsafe(`${dirname(dir)} lets anybody replace ${dir} (mode ${octal(parent.mode)})`);
  }
  return undefined;
}

/** Makes `dir` (mode 0700) where it is missing, and checks it where it is not. */
export function ensurePrivateDir(dir: string, uid = ownUid): WeirError | undefined {
  try {
    mkdirSync(dirname(dir), { recursive: true });
    // Not recursive: a symbolic link or a stranger's file in this place must be seen, not followed.
    mkdirSync(dir, { mode: DIR_MODE });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) return unsafe(`cannot make ${dir}: ${messageOf(error)}`);
  }
  try {
    return checkPrivate(dir, uid);
  } catch (error) {
    return unsafe(`cannot look at ${dir}: ${messageOf(error)}`);
  }
}

/** The runtime directory, held by this process until `release` or its end, however that comes. */
export interface RuntimeClaim {
  readonly dir: string;
  release(): void;
}

/** Takes the runtime directory: makes and checks it, locks out a second server, removes a dead one's sockets. */
export function claimRuntimeDir(dir: string): RuntimeClaim | WeirError {
  const refusal = ensurePrivateDir(dir);
  if (refusal) return refusal;
  const lockPath = join(dir, LOCK_NAME);
  const lock = lockFile(lockPath);
  if (lock instanceof SysError) {
    if (lock.errno === 'EAGAIN' || lock.errno === 'EWOULDBLOCK') return alreadyRunning(dir, lockPath);
    return unsafe(`cannot lock ${lockPath}: ${lock.errno}`);
  }
  try {
    // Without a lock holder nobody listens on them any more, and bind(2) refuses a name that exists.
    for (const socket of [socketPath(dir), pulseSocketPath(dir)]) rmSync(socket, { force: true });
    writeFileSync(lockPath, `${process.pid}\n`);
  } catch (error) {
    close(lock);
    return unsafe(`cannot use ${dir}: ${messageOf(error)}`);
  }
  return { dir, release: () => void close(lock) };
}

function alreadyRunning(dir: string, lockPath: string): WeirError {
  let pid = '';
  try {
    pid = readFileSync(lockPath, 'utf8').trim();
  } catch {
    // The owner is between making its lock and writing its number; the refusal stands without it.
  }
  const owner = /^\d{1,10}$/.test(pid) ? `process ${pid}` : 'another process';
  return new WeirError('ALREADY_RUNNING', `${dir} is held by ${owner}, a running Weir`);
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
