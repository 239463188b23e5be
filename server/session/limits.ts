import type { PartyKind } from './party.js';

/** One message, either way; carriers refuse longer ones before they are whole. */
export const MESSAGE_LIMIT_BYTES = 256 * 1024;
/** Sound in one AudioPacket. */
export const AUDIO_PACKET_LIMIT_BYTES = 192 * 1024;
/** A connection that has not said hello by then is closed. */
export const HELLO_LIMIT_MS = 5000;
/** Requests a second on one connection, and how many may come at once. */
export const REQUESTS_PER_SECOND = 2000;
export const REQUESTS_AT_ONCE = 4000;
/** AudioPackets a second on one connection: 64 streams of 2.5 ms, and as many at once. */
export const PACKETS_PER_SECOND = 25_600;
/** Unsent control messages: a peer that lets more wait is not reading. */
export const UNSENT_CONTROL_LIMIT_BYTES = 1024 * 1024;
/** A peer that has not read what left so long ago gets no sound and no meters, beside the round trip that its network takes at best. */
export const UNREAD_SOUND_LIMIT_MS = 500;
export const ROUND_TRIP_ALLOWED_MS = 1000;
export const CLIENT_NAME_CHARACTERS_MAX = 128;
/** Of a device's name that a client says: more than any has (device/limits.ts), `.monitor` included. */
export const DEVICE_NAME_CHARACTERS_MAX = 80;
export const ROLE_CHARACTERS_MAX = 32;
export const METERS_HZ_MAX = 60;
/** What the connections of one party may hold together, in quotas of one connection: 512 MiB a user, where nothing else is configured. */
export const QUOTAS_TOGETHER: Readonly<Record<PartyKind, number>> = { user: 32, sandboxes: 8, machine: 8, key: 32 };
/** What they may have of all places that there are ([limits] clients): nobody fills the house for the others. */
export const PLACES_TOGETHER: Readonly<Record<PartyKind, number>> = {
  user: 5 / 6,
  sandboxes: 1 / 2,
  machine: 1 / 2,
  key: 1 / 2,
};
export const SAMPLES_PER_CLIENT = 64;
export const SAMPLE_BYTES_MAX = 16 * 1024 * 1024;
export const SAMPLE_NAME_CHARACTERS_MAX = 128;
/** The mixer's changes are told at most this often, so that a moving fader is one patch and not hundreds. */
export const PATCH_INTERVAL_MS = 20;
/** Numbers that change all the time (fill, latency) are told this often. */
export const REFRESH_INTERVAL_MS = 500;
/** Of a connection's clock: clocks drift, so the best exchange is looked for among the last ones. */
export const CLOCK_EXCHANGES_KEPT = 16;
/** An exchange that took longer says nothing. */
export const CLOCK_ROUND_TRIP_MAX_US = 10_000_000;
