/** Every bound of this room. */

export const RATE_MIN = 8_000;
export const RATE_MAX = 192_000;
export const CHANNELS_MAX = 8;
/** A quantum that `quantum=` fixes. */
export const QUANTUM_MIN = 32;
export const QUANTUM_MAX = 4_096;
/** A whole device spec: a path of PATH_MAX and its options. */
export const SPEC_CHARACTERS_MAX = 4_352;
export const NAME_CHARACTERS_MAX = 64;
