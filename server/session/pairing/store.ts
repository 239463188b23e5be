import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensurePrivateDir } from '../../config/runtime-dir.js';
import { WeirError } from '../../observe/errors.js';
import { type Grant, storeSchema } from './grant.js';
import { STORE_BYTES_MAX } from './limits.js';

const FILE_NAME = 'pairings.json';
const FILE_MODE = 0o600;
const WRITABLE_BY_GROUP_OR_OTHERS = 0o022;

/** The file of the grants in the state directory: read once, replaced as a whole. */
export class Store {
  readonly path: string;
  #writing: Promise<WeirError | undefined> = Promise.resolve(undefined);

  constructor(readonly stateDir: string) {
    this.path = join(stateDir, FILE_NAME);
  }

  /** None where there is no file yet. PAIRINGS_UNREADABLE for anything that this server would not have written. */
  read(): Grant[] | WeirError {
    const unsafe = ensurePrivateDir(this.stateDir);
    if (unsafe) return this.#unreadable(unsafe.what);
    try {
      return storeSchema.parse(JSON.parse(this.#text())).grants;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return [];
      if (isErrno(error, 'ELOOP')) return this.#unreadable('it is a symbolic link');
      const isOwnWord = error instanceof Error && !('issues' in error) && !(error instanceof SyntaxError);
      return this.#unreadable(isOwnWord ? error.message : 'it is no list of pairings');
    }
  }

  /** Writes one after the other; each lasts when it resolves. PAIRINGS_UNWRITABLE where it may not. */
  write(grants: readonly Grant[]): Promise<WeirError | undefined> {
    const text = `${JSON.stringify({ version: 1, grants }, undefined, 2)}\n`;
    this.#writing = this.#writing.then(() => this.#replace(text));
    return this.#writing;
  }

  #text(): string {
    const file = openSync(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) throw new Error('it is no plain file');
      if (found.uid !== process.geteuid?.()) throw new Error(`it belongs to user ${found.uid}`);
      if (found.mode & WRITABLE_BY_GROUP_OR_OTHERS) throw new Error('others can write it');
      if (found.size > STORE_BYTES_MAX) throw new Error(`it has ${found.size} bytes`);
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  }

  /** A new file in the old one's place: whoever reads sees either, and a link in this place is replaced, not followed. */
  async #replace(text: string): Promise<WeirError | undefined> {
    const next = `${this.path}.new`;
    try {
      await rm(next, { force: true });
      await writeThrough(next, text);
      await rename(next, this.path);
      await syncFolder(dirname(this.path));
      return undefined;
    } catch (error) {
      return new WeirError('PAIRINGS_UNWRITABLE', `${this.path}: ${messageOf(error)}`);
    }
  }

  #unreadable(why: string): WeirError {
    return new WeirError('PAIRINGS_UNREADABLE', `${this.path}: ${why}`);
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
