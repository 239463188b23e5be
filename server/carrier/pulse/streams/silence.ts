import type { PulseFormat } from '../wire/values/sample-spec.js';

const SILENCE: Partial<Record<PulseFormat, number>> = { u8: 0x80, aLaw: 0xd5, uLaw: 0xff };

/** The byte that silence consists of (ITU-T G.711 for A-law and µ-law). */
export function silenceOf(format: PulseFormat): number {
  return SILENCE[format] ?? 0;
}
