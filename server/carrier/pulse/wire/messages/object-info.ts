import {
  bool,
  counted,
  optionalText,
  optionalU32,
  s64,
  since,
  struct,
  text,
  u32,
  u8,
  until,
  usec,
  type ValueOf,
  volume,
} from '../tagstruct/codec.js';
import { channelMap } from '../values/channel-map.js';
import { ANY_PCM, formatInfo } from '../values/format-info.js';
import { NO_PROPERTIES, proplist } from '../values/proplist.js';
import { sampleSpec } from '../values/sample-spec.js';
import { channelVolumes, VOLUME_NORM } from '../values/volume.js';
import { VOLUME_STEPS } from '../numbers.js';

const devicePort = struct({
  name: text,
  description: text,
  priority: u32,
  /** 0 unknown, 1 no, 2 yes. */
  available: since(24, u32, 0),
  availabilityGroup: since(34, optionalText, undefined),
  type: since(34, u32, 0),
});

/** From the volume to the active port; what follows differs between outputs and inputs by the version that brought it. */
const device = {
  index: u32,
  name: text,
  description: text,
  spec: sampleSpec,
  map: channelMap,
  module: optionalU32,
  volume: channelVolumes,
  muted: bool,
  /** A sink's monitor, or of which sink a source is the monitor. */
  counterpart: optionalU32,
  counterpartName: optionalText,
  latencyUs: usec,
  driver: optionalText,
  flags: u32,
  properties: proplist,
  requestedLatencyUs: usec,
  baseVolume: since(15, volume, VOLUME_NORM),
  state: since(15, u32, 0),
  volumeSteps: since(15, u32, VOLUME_STEPS),
  card: since(15, optionalU32, undefined),
  ports: since(16, counted(u32, devicePort), []),
  activePort: since(16, optionalText, undefined),
};

export const sinkInfo = struct({ ...device, formats: since(21, counted(u8, formatInfo), [ANY_PCM]) });
export const sourceInfo = struct({ ...device, formats: since(22, counted(u8, formatInfo), [ANY_PCM]) });
/** At least one of `formats`: libpulse ends the connection at none. */
export type DeviceInfo = ValueOf<typeof sinkInfo>;

export const clientInfo = struct({
  index: u32,
  name: text,
  module: optionalU32,
  driver: optionalText,
  properties: proplist,
});
export type ClientInfo = ValueOf<typeof clientInfo>;

export const moduleInfo = struct({
  index: u32,
  name: text,
  arguments: optionalText,
  used: optionalU32,
  autoload: until(15, bool, false),
  properties: since(15, proplist, NO_PROPERTIES),
});

export const sinkInputInfo = struct({
  index: u32,
  name: text,
  module: optionalU32,
  client: optionalU32,
  sink: u32,
  spec: sampleSpec,
  map: channelMap,
  volume: channelVolumes,
  bufferLatencyUs: usec,
  deviceLatencyUs: usec,
  resampleMethod: optionalText,
  driver: optionalText,
  muted: bool,
  properties: proplist,
  corked: since(19, bool, false),
  hasVolume: since(20, bool, true),
  volumeWritable: since(20, bool, true),
  format: since(21, formatInfo, ANY_PCM),
});
export type SinkInputInfo = ValueOf<typeof sinkInputInfo>;

export const sourceOutputInfo = struct({
  index: u32,
  name: text,
  module: optionalU32,
  client: optionalU32,
  source: u32,
  spec: sampleSpec,
  map: channelMap,
  bufferLatencyUs: usec,
  deviceLatencyUs: usec,
  resampleMethod: optionalText,
  driver: optionalText,
  properties: proplist,
  corked: since(19, bool, false),
  volume: since(22, channelVolumes, []),
  muted: since(22, bool, false),
  hasVolume: since(22, bool, false),
  volumeWritable: since(22, bool, false),
  format: since(22, formatInfo, ANY_PCM),
});
export type SourceOutputInfo = ValueOf<typeof sourceOutputInfo>;

const cardProfile = struct({
  name: text,
  description: text,
  sinks: u32,
  sources: u32,
  priority: u32,
  available: since(29, u32, 1),
});

const cardPort = struct({
  name: text,
  description: text,
  priority: u32,
  available: u32,
  /** 1 output, 2 input. */
  direction: u8,
  properties: proplist,
  profiles: counted(u32, text),
  latencyOffsetUs: since(27, s64, 0),
  availabilityGroup: since(34, optionalText, undefined),
  type: since(34, u32, 0),
});

export const cardInfo = struct({
  index: u32,
  name: text,
  module: optionalU32,
  driver: optionalText,
  profiles: counted(u32, cardProfile),
  activeProfile: optionalText,
  properties: proplist,
  ports: since(26, counted(u32, cardPort), []),
});

export const sampleInfo = struct({
  index: u32,
  name: text,
  volume: channelVolumes,
  durationUs: usec,
  spec: sampleSpec,
  map: channelMap,
  bytes: u32,
  lazy: bool,
  filename: optionalText,
  properties: proplist,
});
export type SampleInfo = ValueOf<typeof sampleInfo>;
