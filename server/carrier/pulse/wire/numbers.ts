/** PA_INVALID_INDEX, and "the server decides" of a buffer metric. */
export const NONE = 0xffff_ffff;

/** The state of an output or input. */
export const DEVICE_STATE = { RUNNING: 0, IDLE: 1, SUSPENDED: 2 } as const;

export const SINK_FLAG = {
  HW_VOLUME_CTRL: 0x1, LATENCY: 0x2, HARDWARE: 0x4, NETWORK: 0x8, HW_MUTE_CTRL: 0x10, DECIBEL_VOLUME: 0x20,
  FLAT_VOLUME: 0x40, DYNAMIC_LATENCY: 0x80, SET_FORMATS: 0x100,
} as const; // prettier-ignore

/** Not the sink's: the last two changed places. */
export const SOURCE_FLAG = {
  HW_VOLUME_CTRL: 0x1, LATENCY: 0x2, HARDWARE: 0x4, NETWORK: 0x8, HW_MUTE_CTRL: 0x10, DECIBEL_VOLUME: 0x20,
  DYNAMIC_LATENCY: 0x40, FLAT_VOLUME: 0x80,
} as const; // prettier-ignore

/** PA_VOLUME_NORM is reached in so many steps and one. */
export const VOLUME_STEPS = 65_537;

export const UPDATE_MODE = { SET: 0, MERGE: 1, REPLACE: 2 } as const;

/** What a client may subscribe to, and the low bits of the events that it then gets. */
export const FACILITY = {
  SINK: 0, SOURCE: 1, SINK_INPUT: 2, SOURCE_OUTPUT: 3, MODULE: 4, CLIENT: 5, SAMPLE: 6, SERVER: 7, CARD: 9,
} as const; // prettier-ignore
export type Facility = keyof typeof FACILITY;

export const EVENT_TYPE = { NEW: 0x00, CHANGE: 0x10, REMOVE: 0x20 } as const;
export type EventType = keyof typeof EVENT_TYPE;

export const SUBSCRIPTION_ALL = 0x2ff;

/** Whether a client with this subscription wants to hear of such objects. */
export function isSubscribed(mask: number, facility: Facility): boolean {
  return (mask & (1 << FACILITY[facility])) !== 0;
}

/** The first word of SUBSCRIBE_EVENT. */
export function eventWord(facility: Facility, type: EventType): number {
  return FACILITY[facility] | EVENT_TYPE[type];
}

/** How a block's offset is meant: from the write index, from 0, from the read index, from the end of what is queued. */
export const SEEK = { RELATIVE: 0, ABSOLUTE: 1, RELATIVE_ON_READ: 2, RELATIVE_END: 3 } as const;
export type SeekMode = (typeof SEEK)[keyof typeof SEEK];
