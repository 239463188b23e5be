import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { WeirError } from '../observe/errors.js';
import { lineOfKey } from './key-line.js';
import type { Environment } from './runtime-dir.js';
import { type ConfigFile, fileSchema } from './schema.js';

const FILE_NAME = 'weir.toml';

/** A configuration file as it was read; with none, the defaults. */
export interface LoadedFile {
  readonly values: ConfigFile;
  /** Names the place of a key for a message: "FILE:LINE: key". */
  place(key: string): string;
}

/** The file to read: the one named, else the user's, else the machine's; undefined with none. */
function findFile(named: string | undefined, env: Environment): string | undefined {
  if (named !== undefined) return resolve(named);
  const home = env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return [join(home, 'weir', FILE_NAME), join('/etc/weir', FILE_NAME)].find((path) => existsSync(path));
}

export function loadFile(named: string | undefined, env: Environment): LoadedFile | WeirError {
  const path = findFile(named, env);
  if (path === undefined) return { values: fileSchema.parse({}), place: (key) => key };
  try {
    const text = readFileSync(path, 'utf8');
    return parseFile(path, text);
  } catch (error) {
    return new WeirError('CONFIG_INVALID', error instanceof Error ? `cannot read ${path}: ${error.message}` : path);
  }
}

/** Checks the text of the file at `path`. The first fault is told, as "FILE:LINE: key: what". */
function parseFile(path: string, text: string): LoadedFile | WeirError {
  let table: unknown;
  try {
    table = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The parser draws the place over several lines; its first one says what.
    const what = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'no TOML';
    return new WeirError('CONFIG_INVALID', `${path}:${error.line}: ${what}`);
  }
  const place = (key: string): string => `${path}:${lineOfKey(text, key.split('.'))}: ${key}`;
  const checked = fileSchema.safeParse(table);
  if (checked.success) return { values: checked.data, place };
  const issue = checked.error.issues[0];
  return new WeirError('CONFIG_INVALID', issue ? fault(issue, place) : path);
}

function fault(issue: z.core.$ZodIssue, place: (key: string) => string): string {
  const at = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return `${place([...at, issue.keys[0] ?? ''].join('.'))}: there is no such key`;
  return `${place(at.join('.'))}: ${issue.message}`;
}
