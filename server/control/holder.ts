import type { Identity } from '../session/port.js';

/** Whose requests and places are counted together. A signed address is not who had it signed, and takes nothing from them. */
export function holderOf({ pid, pairing }: Identity): string {
  return pairing ? `${pairing.role} ${pairing.id}` : `process ${pid}`;
}
