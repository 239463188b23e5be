import type { JitterPurpose } from './arrival-delays.js';

/** How much faster than music bears sound glides to another delay: who talks would rather hear a voice 10 cents off for some seconds than wait for each word. */
export const HASTE: Readonly<Record<JitterPurpose, number>> = { talk: 3, music: 1 };
