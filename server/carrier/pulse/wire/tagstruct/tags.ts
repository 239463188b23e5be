/** What precedes each value in a tagstruct. */
export const TAG = {
  STRING: 0x74, // t
  STRING_NULL: 0x4e, // N
  U32: 0x4c, // L
  U8: 0x42, // B
  U64: 0x52, // R
  S64: 0x72, // r
  SAMPLE_SPEC: 0x61, // a
  ARBITRARY: 0x78, // x
  TRUE: 0x31, // 1
  FALSE: 0x30, // 0
  TIMEVAL: 0x54, // T
  USEC: 0x55, // U
  CHANNEL_MAP: 0x6d, // m
  CVOLUME: 0x76, // v
  PROPLIST: 0x50, // P
  VOLUME: 0x56, // V
  FORMAT_INFO: 0x66, // f
} as const;
