import { NAME_CHARACTERS_MAX } from '../limits.js';
import { optionalText, optionalU32, struct, type ValueOf } from '../tagstruct/codec.js';

/** How a device, card or sample is named: by index or name, never both; by neither, the default is meant. */
export const deviceRef = struct({ index: optionalU32, name: optionalText });
export type DeviceRef = ValueOf<typeof deviceRef>;

/** Which one is meant. `monitor` is the default output's. */
export type DeviceTarget =
  | { readonly by: 'default' | 'monitor' }
  | { readonly by: 'index'; readonly index: number }
  | { readonly by: 'name'; readonly name: string };

/** Letters of any script, as Weir's outputs may have; PulseAudio knows ASCII's. */
const NAME = new RegExp(`^[\\p{L}\\p{N}._-]{1,${NAME_CHARACTERS_MAX}}$`, 'u');
const DECIMAL = /^[0-9]{1,10}$/;
const WILDCARDS: Readonly<Record<string, 'default' | 'monitor'>> = {
  '@DEFAULT_SINK@': 'default',
  '@DEFAULT_SOURCE@': 'default',
  '@DEFAULT_MONITOR@': 'monitor',
};

export function isName(name: string): boolean {
  return NAME.test(name) || Object.hasOwn(WILDCARDS, name);
}

/** At most one of the two, and a name that can be one. */
export function isRef({ index, name }: DeviceRef): boolean {
  return name === undefined || (index === undefined && isName(name));
}

/** Exactly one of the two. */
export function isRefToOne(ref: DeviceRef): boolean {
  return isRef(ref) && (ref.index !== undefined || ref.name !== undefined);
}

/** A name of digits is an index too, for whoever has no device of that name: pavucontrol names sources so. */
export function targetOf({ index, name }: DeviceRef): DeviceTarget {
  if (index !== undefined) return { by: 'index', index };
  if (name === undefined) return { by: 'default' };
  const wildcard = Object.hasOwn(WILDCARDS, name) ? WILDCARDS[name] : undefined;
  if (wildcard) return { by: wildcard };
  return DECIMAL.test(name) ? { by: 'index', index: Number(name) } : { by: 'name', name };
}
