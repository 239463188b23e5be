import { randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateDir } from '../../../config/runtime-dir.js';
import { WeirError } from '../../../observe/errors.js';
import { COOKIE_BYTES } from '../wire/limits.js';

const FILE_NAME = 'pulse-cookie';
const FILE_MODE = 0o600;
const SHARED_WITH_GROUP_OR_OTHERS = 0o077;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The secret that programs of other machines show: 256 bytes in a file, as libpulse reads one from PULSE_COOKIE. */
export class NetworkCookie {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The state directory's, made where there is none. COOKIE_UNUSABLE where somebody else could read it, or it is none. */
  static load(stateDir: string): NetworkCookie | WeirError {
    const path = join(stateDir, FILE_NAME);
    const unsafe = ensurePrivateDir(stateDir);
    if (unsafe) return unsafe;
    try {
      return new NetworkCookie(readCookie(path) ?? makeCookie(path));
    } catch (error) {
      return new WeirError('COOKIE_UNUSABLE', `${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** In constant time. */
  matches(shown: Uint8Array): boolean {
    return shown.length === COOKIE_BYTES && timingSafeEqual(shown, this.#bytes);
  }
}

/** Undefined where there is no file. */
function readCookie(path: string): Buffer | undefined {
  const file = openUnlessMissing(path);
  if (file === undefined) return undefined;
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.size !== COOKIE_BYTES) throw new Error(`it is no file of ${COOKIE_BYTES} bytes`);
    if (found.uid !== process.geteuid?.()) throw new Error(`it belongs to user ${found.uid}`);
    if (found.mode & SHARED_WITH_GROUP_OR_OTHERS) throw new Error('others can read it; "chmod 600" closes it');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function openUnlessMissing(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function makeCookie(path: string): Buffer {
  const bytes = randomBytes(COOKIE_BYTES);
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
  try {
    writeFileSync(file, bytes);
  } finally {
    closeSync(file);
  }
  return bytes;
}
