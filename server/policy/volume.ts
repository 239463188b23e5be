/** The fader's end: 150 %, which is +10.6 dB. */
export const VOLUME_MAX = 1.5;

/**
 * A fader position (1 is unity) as a linear gain. Cubic, as PulseAudio's volumes are: equal steps of the fader then
 * sound like equal steps.
 */
export function gainOfVolume(volume: number): number {
  return volume ** 3;
}

export function isVolume(value: number): boolean {
  return Number.isFinite(value) && value >= 0 && value <= VOLUME_MAX;
}
