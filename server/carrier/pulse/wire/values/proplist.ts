import { WeirError } from '../../../../observe/errors.js';
import { BRIEF_LIMITS, PROPLIST_LIMITS as LIMITS, RECORDS_MAX } from '../limits.js';
import { UPDATE_MODE } from '../numbers.js';
import type { Codec } from '../tagstruct/codec.js';
import type { TagReader } from '../tagstruct/tag-reader.js';
import { TAG } from '../tagstruct/tags.js';

/** What a client says of an object: claims, on which nothing is decided. Values are bytes; texts end with a NUL. */
export type Proplist = ReadonlyMap<string, Uint8Array>;

export const NO_PROPERTIES: Proplist = new Map();

/** Keys are printable ASCII (pa_proplist_key_valid). */
const KEY = /^[\x20-\x7e]+$/;
const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A property that is text; undefined where it is none. */
export function textOf(properties: Proplist, key: string): string | undefined {
  const value = properties.get(key);
  if (value?.at(-1) !== 0) return undefined;
  const end = value.length - 1;
  if (value.indexOf(0) !== end) return undefined;
  try {
    return utf8.decode(value.subarray(0, end));
  } catch {
    return undefined;
  }
}

/** What is undefined is left out. */
export function proplistOf(texts: Readonly<Record<string, string | undefined>>): Proplist {
  const properties = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(texts)) {
    if (text !== undefined) properties.set(key, encoder.encode(`${text}\0`));
  }
  return properties;
}

/** How one list changes by another (pa_proplist_update), or that there would be too much of it. */
export function updated(properties: Proplist, mode: number, changes: Proplist): Proplist | WeirError {
  const result = new Map(mode === UPDATE_MODE.SET ? [] : properties);
  for (const [key, value] of changes) {
    if (mode !== UPDATE_MODE.MERGE || !result.has(key)) result.set(key, value);
  }
  return excess(result) ?? result;
}

export function without(properties: Proplist, keys: readonly string[]): Proplist {
  const result = new Map(properties);
  for (const key of keys) result.delete(key);
  return result;
}

/** As much of it as a list of many objects has room for: a few short values, of which there are enough for whoever lists. */
export function brief(properties: Proplist): Proplist {
  const result = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const [key, value] of properties) {
    bytes += key.length + value.length;
    if (value.length > BRIEF_LIMITS.valueBytes || bytes > BRIEF_LIMITS.bytes) bytes -= key.length + value.length;
    else result.set(key, value);
  }
  return result;
}

/** What the list's entries hold. */
export function bytesOf(properties: Proplist): number {
  let bytes = 0;
  for (const [key, value] of properties) bytes += key.length + value.length;
  return bytes;
}

function excess(properties: Proplist): WeirError | undefined {
  const bytes = bytesOf(properties);
  if (properties.size <= LIMITS.entries && bytes <= LIMITS.bytes) return undefined;
  return new WeirError('MESSAGE_TOO_LARGE', `a property list of ${properties.size} entries and ${bytes} bytes`);
}

function readEntry(from: TagReader, key: string): Uint8Array {
  if (!KEY.test(key)) throw new WeirError('BAD_MESSAGE', 'the key of a property is not printable ASCII');
  const said = from.u32();
  const value = from.arbitrary();
  if (said !== value.length) throw new WeirError('BAD_MESSAGE', `the length of ${key} is told twice, and differs`);
  if (value.length > LIMITS.valueBytes) {
    throw new WeirError('BAD_MESSAGE', `${key} is ${value.length} bytes long; ${LIMITS.valueBytes} is the limit`);
  }
  return Uint8Array.from(value);
}

export const proplist: Codec<Proplist> = {
  read(from) {
    from.expect(TAG.PROPLIST);
    const properties = new Map<string, Uint8Array>();
    let bytes = 0;
    for (let count = 0; ; count += 1) {
      const key = from.optionalString(LIMITS.keyBytes);
      if (key === undefined) return properties;
      const value = readEntry(from, key);
      bytes += key.length + value.length;
      // By what came, not by what remains of it: the same key over and over is work too.
      if (count === LIMITS.entries || bytes > LIMITS.bytes) {
        throw new WeirError('MESSAGE_TOO_LARGE', `more properties than ${LIMITS.entries}, or ${LIMITS.bytes} bytes`);
      }
      properties.set(key, value);
    }
  },
  write(to, properties) {
    to.bareU8(TAG.PROPLIST);
    for (const [key, value] of properties) {
      to.string(key);
      to.u32(value.length);
      to.arbitrary(value);
    }
    to.optionalString(undefined);
  },
};

/** Keys, and NULL after the last. */
export const keys: Codec<readonly string[]> = {
  read(from) {
    const found: string[] = [];
    for (;;) {
      const key = from.optionalString(LIMITS.keyBytes);
      if (key === undefined) return found;
      if (found.length === RECORDS_MAX) throw new WeirError('MESSAGE_TOO_LARGE', `more than ${RECORDS_MAX} keys`);
      found.push(key);
    }
  },
  write(to, names) {
    for (const name of names) to.string(name);
    to.optionalString(undefined);
  },
};
