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
  source: deviceRef,
  maxLengthBytes: optionalU32,
  corked: bool,
  fragmentBytes: optionalU32,
  noRemap: bool,
  noRemix: bool,
  fixFormat: bool,
  fixRate: bool,
  fixChannels: bool,
  dontMove: bool,
  variableRate: bool,
  /** One sample a period, the loudest: for meters. */
  peakDetect: bool,
  adjustLatency: bool,
  properties: proplist,
  /** Of a sink input that alone is to be heard. */
  directOnInput: optionalU32,
  earlyRequests: since(14, bool, false),
  dontInhibitAutoSuspend: since(15, bool, false),
  failOnSuspend: since(15, bool, false),
  /** Where there are any, they stand in for `spec` and `map`. */
  formats: since(22, counted(u8, formatInfo, FORMATS_MAX), []),
  /** Counts where `volumeSet` says so. */
  volume: since(22, channelVolumes, []),
  muted: since(22, bool, false),
  volumeSet: since(22, bool, false),
  mutedSet: since(22, bool, false),
  relativeVolume: since(22, bool, false),
  passthrough: since(22, bool, false),
});
export type RecordRequest = ValueOf<typeof request>;

const reply = struct({
  channel: u32,
  sourceOutput: u32,
  maxLengthBytes: u32,
  fragmentBytes: u32,
  spec: sampleSpec,
  map: channelMap,
  source: u32,
  sourceName: text,
  suspended: bool,
  latencyUs: usec,
  format: since(22, formatInfo, ANY_PCM),
});
export type RecordReply = ValueOf<typeof reply>;

export const RECORD_STREAM = {
  CREATE_RECORD_STREAM: command(5, request, reply, (asked) => {
    return wrongStream(asked, asked.source) ?? (asked.volumeSet ? wrongVolumes(asked) : undefined);
  }),
} as const;
