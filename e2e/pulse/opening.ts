import type { RequestBody } from '../../server/carrier/pulse/wire/requests.js';
import { proplistOf } from '../../server/carrier/pulse/wire/values/proplist.js';

const SPEC = { format: 's16le', channels: 2, rate: 48_000 } as const;
const FULL = 0x1_0000;
const flags = { noRemap: false, noRemix: false, fixFormat: false, fixRate: false, fixChannels: false } as const;
const more = {
  ...flags,
  dontMove: false,
  variableRate: false,
  dontInhibitAutoSuspend: false,
  failOnSuspend: false,
} as const;

/** A playback stream as pacat asks for it; silent by its volume from the start, so that what is heard of it must be nothing. */
export function playing(changes: Partial<RequestBody<'CREATE_PLAYBACK_STREAM'>> = {}) {
  const { spec = SPEC } = changes;
  return {
    ...more,
    spec,
    map: usualMap(spec.channels),
    sink: { index: undefined, name: undefined },
    maxLengthBytes: undefined,
    corked: false,
    targetLengthBytes: undefined,
    prebufBytes: undefined,
    minRequestBytes: undefined,
    syncId: 0,
    volume: Array<number>(spec.channels).fill(0),
    muted: false,
    adjustLatency: true,
    properties: proplistOf({ 'media.name': 'attack' }),
    volumeSet: true,
    earlyRequests: false,
    mutedSet: false,
    relativeVolume: false,
    passthrough: false,
    formats: [],
    ...changes,
  } satisfies RequestBody<'CREATE_PLAYBACK_STREAM'>;
}

/** A record stream as parec asks for it. */
export function recording(changes: Partial<RequestBody<'CREATE_RECORD_STREAM'>> = {}) {
  const { spec = SPEC } = changes;
  return {
    ...more,
    spec,
    map: usualMap(spec.channels),
    source: { index: undefined, name: undefined },
    maxLengthBytes: undefined,
    corked: false,
    fragmentBytes: undefined,
    peakDetect: false,
    adjustLatency: true,
    properties: proplistOf({ 'media.name': 'attack' }),
    directOnInput: undefined,
    earlyRequests: false,
    formats: [],
    volume: Array<number>(spec.channels).fill(FULL),
    muted: false,
    volumeSet: false,
    mutedSet: false,
    relativeVolume: false,
    passthrough: false,
    ...changes,
  } satisfies RequestBody<'CREATE_RECORD_STREAM'>;
}

/** Auxiliary positions: any number of channels has them. */
function usualMap(channels: number): number[] {
  return channels === 2 ? [1, 2] : Array.from({ length: channels }, (_, index) => 12 + index);
}
