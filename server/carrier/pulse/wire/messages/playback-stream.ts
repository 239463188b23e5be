import { FORMATS_MAX } from '../limits.js';
import { bool, counted, optionalU32, since, struct, text, u32, u8, usec, type ValueOf } from '../tagstruct/codec.js';
import { channelMap } from '../values/channel-map.js';
import { deviceRef } from '../values/device-ref.js';
import { ANY_PCM, formatInfo } from '../values/format-info.js';
import { proplist } from '../values/proplist.js';
import { sampleSpec } from '../values/sample-spec.js';
import { channelVolumes } from '../values/volume.js';
import { command } from './command.js';
import { wrongStream, wrongVolumes } from './stream-checks.js';

const request = struct({
  spec: sampleSpec,
  map: channelMap,
  sink: deviceRef,
  maxLengthBytes: optionalU32,
  corked: bool,
  targetLengthBytes: optionalU32,
  prebufBytes: optionalU32,
  minRequestBytes: optionalU32,
  /** Streams of one connection with the same one start and stop together. */
  syncId: u32,
  volume: channelVolumes,
  noRemap: bool,
  noRemix: bool,
  fixFormat: bool,
  fixRate: bool,
  fixChannels: bool,
  dontMove: bool,
  variableRate: bool,
  muted: bool,
  adjustLatency: bool,
  properties: proplist,
  volumeSet: since(14, bool, true),
  earlyRequests: since(14, bool, false),
  mutedSet: since(15, bool, false),
  dontInhibitAutoSuspend: since(15, bool, false),
  failOnSuspend: since(15, bool, false),
  relativeVolume: since(17, bool, false),
  passthrough: since(18, bool, false),
  /** Where there are any, they stand in for `spec` and `map`. */
  formats: since(21, counted(u8, formatInfo, FORMATS_MAX), []),
});
export type PlaybackRequest = ValueOf<typeof request>;

const reply = struct({
  channel: u32,
  sinkInput: u32,
  /** Bytes that the client may write at once. */
  missingBytes: u32,
  maxLengthBytes: u32,
  targetLengthBytes: u32,
  prebufBytes: u32,
  minRequestBytes: u32,
  spec: sampleSpec,
  map: channelMap,
  sink: u32,
  sinkName: text,
  suspended: bool,
  latencyUs: usec,
  format: since(21, formatInfo, ANY_PCM),
});
export type PlaybackReply = ValueOf<typeof reply>;

export const PLAYBACK_STREAM = {
  CREATE_PLAYBACK_STREAM: command(3, request, reply, (asked) => {
    return wrongStream(asked, asked.sink) ?? wrongVolumes(asked);
  }),
} as const;
