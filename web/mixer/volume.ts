/** Faders: position 0..1.5 as people and the wire have it; the gain is its cube, which follows how loudness is heard. */

export const UNITY = 1;
export const MOST = 1.5;

/** Gain of a fader position in dB, which is its cube's; -Infinity at the bottom. */
export const decibelsOf = (position: number): number => 60 * Math.log10(position);

export const bounded = (position: number): number => Math.min(MOST, Math.max(0, position));

export const percent = (position: number): string => `${Math.round(position * 100)} %`;

/** "−6.0 dB", "+3.5 dB", "−∞ dB": with a true minus, so that figures keep their width. */
export function decibelText(decibels: number): string {
  if (decibels === -Infinity) return '−∞ dB';
  const rounded = Math.round(decibels * 10) / 10;
  const sign = rounded < 0 ? '−' : rounded > 0 ? '+' : '';
  return `${sign}${Math.abs(rounded).toFixed(1)} dB`;
}

const STEP = 0.01;
const PAGE = 0.1;

/** Where a key takes a fader; undefined when the key is none of its keys (ARIA slider pattern). */
export function positionAfterKey(position: number, key: string): number | undefined {
  switch (key) {
    case 'ArrowUp':
    case 'ArrowRight':
      return bounded(position + STEP);
    case 'ArrowDown':
    case 'ArrowLeft':
      return bounded(position - STEP);
    case 'PageUp':
      return bounded(position + PAGE);
    case 'PageDown':
      return bounded(position - PAGE);
    case 'Home':
      return 0;
    case 'End':
      return MOST;
    default:
      return undefined;
  }
}
