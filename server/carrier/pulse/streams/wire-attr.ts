import type { GrantedPlayback, PlaybackWish } from '../buffer/playback-attr.js';
import type { GrantedRecord, RecordWish } from '../buffer/record-attr.js';
import { NONE } from '../wire/numbers.js';

interface AskedPlayback extends Pick<PlaybackWish, 'adjustLatency' | 'earlyRequests'> {
  readonly maxLengthBytes: number | undefined;
  readonly targetLengthBytes: number | undefined;
  readonly prebufBytes: number | undefined;
  readonly minRequestBytes: number | undefined;
}

/** Buffer metrics as requests have them. */
export function playbackWishOf(asked: AskedPlayback): PlaybackWish {
  return {
    maxLength: asked.maxLengthBytes ?? NONE,
    tlength: asked.targetLengthBytes ?? NONE,
    prebuf: asked.prebufBytes ?? NONE,
    minreq: asked.minRequestBytes ?? NONE,
    adjustLatency: asked.adjustLatency,
    earlyRequests: asked.earlyRequests,
  };
}

/** Buffer metrics as replies and events have them. */
export function wireAttr({ maxLength, tlength, prebuf, minreq, latencyUs }: GrantedPlayback) {
  return {
    maxLengthBytes: maxLength,
    targetLengthBytes: tlength,
    prebufBytes: prebuf,
    minRequestBytes: minreq,
    latencyUs,
  };
}

interface AskedRecord extends Pick<RecordWish, 'adjustLatency' | 'earlyRequests'> {
  readonly maxLengthBytes: number | undefined;
  readonly fragmentBytes: number | undefined;
}

/** Those of recording. */
export function recordWishOf(asked: AskedRecord): RecordWish {
  return {
    maxLength: asked.maxLengthBytes ?? NONE,
    fragSize: asked.fragmentBytes ?? NONE,
    adjustLatency: asked.adjustLatency,
    earlyRequests: asked.earlyRequests,
  };
}

export function wireRecordAttr({ maxLength, fragSize, latencyUs }: GrantedRecord) {
  return { maxLengthBytes: maxLength, fragmentBytes: fragSize, latencyUs };
}
