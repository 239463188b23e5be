import { WeirError } from '../../../../observe/errors.js';
import { RECORDS_MAX, TEXT_LIMIT_BYTES } from '../limits.js';
import { NONE } from '../numbers.js';
import type { TagReader } from './tag-reader.js';
import type { TagWriter } from './tag-writer.js';

/** How one kind of value stands in a tagstruct, for a peer that speaks `version`. Reading throws as TagReader does. */
export interface Codec<T> {
  read(from: TagReader, version: number): T;
  write(to: TagWriter, value: T, version: number): void;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

type Fields = Readonly<Record<string, Codec<unknown>>>;
export type Struct<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

export const u32: Codec<number> = { read: (from) => from.u32(), write: (to, value) => to.u32(value) };
export const u8: Codec<number> = { read: (from) => from.u8(), write: (to, value) => to.u8(value) };
export const u64: Codec<number> = { read: (from) => from.u64(), write: (to, value) => to.u64(value) };
export const s64: Codec<number> = { read: (from) => from.s64(), write: (to, value) => to.s64(value) };
export const bool: Codec<boolean> = { read: (from) => from.bool(), write: (to, value) => to.bool(value) };
export const usec: Codec<number> = { read: (from) => from.usec(), write: (to, value) => to.usec(value) };
export const timeval: Codec<number> = { read: (from) => from.timeval(), write: (to, value) => to.timeval(value) };
export const volume: Codec<number> = { read: (from) => from.volume(), write: (to, value) => to.volume(value) };

/** An index, or a metric that the server is to decide. */
export const optionalU32: Codec<number | undefined> = {
  read: (from) => {
    const value = from.u32();
    return value === NONE ? undefined : value;
  },
  write: (to, value) => to.u32(value ?? NONE),
};

/** Undefined is 2^64 − 1: there was none yet. */
export const optionalU64: Codec<number | undefined> = {
  read: (from) => {
    const value = from.u64();
    return value === 2 ** 64 ? undefined : value;
  },
  write: (to, value) => (value === undefined ? to.u64Max() : to.u64(value)),
};

export const text: Codec<string> = {
  read: (from) => from.string(TEXT_LIMIT_BYTES),
  write: (to, value) => to.string(value),
};

export const optionalText: Codec<string | undefined> = {
  read: (from) => from.optionalString(TEXT_LIMIT_BYTES),
  write: (to, value) => to.optionalString(value),
};

/** What is left of the packet, unread. A view. */
export const rest: Codec<Uint8Array> = { read: (from) => from.rest(), write: (to, value) => to.raw(value) };

/** No fields. */
export const nothing: Codec<undefined> = { read: () => undefined, write: () => undefined };

/** Fields one after the other, in the order they are written down. */
export function struct<F extends Fields>(fields: F): Codec<Struct<F>> {
  const entries = Object.entries(fields);
  return {
    read(from, version) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(from, version);
      return value as Struct<F>; // each field by the codec that gives it its type
    },
    write(to, value, version) {
      for (const [name, codec] of entries) codec.write(to, value[name], version);
    },
  };
}

/** A field that peers before `version` do not know: from them it is `otherwise`, to them it is left out. */
export function since<T>(version: number, codec: Codec<T>, otherwise: T): Codec<T> {
  return {
    read: (from, theirs) => (theirs >= version ? codec.read(from, theirs) : otherwise),
    write(to, value, theirs) {
      if (theirs >= version) codec.write(to, value, theirs);
    },
  };
}

/** A field that peers from `version` on do not know any more. */
export function until<T>(version: number, codec: Codec<T>, otherwise: T): Codec<T> {
  return {
    read: (from, theirs) => (theirs < version ? codec.read(from, theirs) : otherwise),
    write(to, value, theirs) {
      if (theirs < version) codec.write(to, value, theirs);
    },
  };
}

/** Their number, then so many of them; more than `max` are refused. */
export function counted<T>(count: Codec<number>, item: Codec<T>, max = RECORDS_MAX): Codec<readonly T[]> {
  return {
    read(from, version) {
      const length = count.read(from, version);
      if (length > max) throw new WeirError('MESSAGE_TOO_LARGE', `a list of ${length}; ${max} is the limit`);
      return Array.from({ length }, () => item.read(from, version));
    },
    write(to, items, version) {
      count.write(to, items.length, version);
      for (const one of items) item.write(to, one, version);
    },
  };
}

/** Back to back to the packet's end; more than `max` are refused. */
export function list<T>(item: Codec<T>, max = RECORDS_MAX): Codec<readonly T[]> {
  return {
    read(from, version) {
      const items: T[] = [];
      while (!from.atEnd) {
        if (items.length === max) throw new WeirError('MESSAGE_TOO_LARGE', `a list of more than ${max}`);
        items.push(item.read(from, version));
      }
      return items;
    },
    write(to, items, version) {
      for (const one of items) item.write(to, one, version);
    },
  };
}
