import { bool, nothing, optionalText, s64, struct, text, u32 } from '../tagstruct/codec.js';
import { type DeviceRef, deviceRef, isName, isRef, isRefToOne } from '../values/device-ref.js';
import { areVolumes, type ChannelVolumes, channelVolumes } from '../values/volume.js';
import { command, type Wrong } from './command.js';

/** What a default is set to where nothing is to be it. */
const NO_DEVICE = '@NONE@';

const one = struct({ index: u32 });
const toOne = ({ device }: { readonly device: DeviceRef }): Wrong => {
  return !isRefToOne(device) && 'a device by index and name at once, or by neither';
};
const volumes = ({ volume }: { readonly volume: ChannelVolumes }): Wrong => {
  return !areVolumes(volume) && 'a volume beyond the largest, or none';
};

const deviceVolume = struct({ device: deviceRef, volume: channelVolumes });
const deviceMute = struct({ device: deviceRef, muted: bool });
const streamVolume = struct({ index: u32, volume: channelVolumes });
const streamMute = struct({ index: u32, muted: bool });
const port = struct({ device: deviceRef, port: text });
const newDefault = struct({ name: optionalText });
const wrongDefault = ({ name }: { readonly name: string | undefined }): Wrong => {
  return name !== undefined && name !== NO_DEVICE && !isName(name) && 'no name of a device';
};
const move = struct({ index: u32, device: deviceRef });
const suspend = struct({ device: deviceRef, suspended: bool });
const wrongSuspend = ({ device }: { readonly device: DeviceRef }): Wrong => {
  return !isRefToOne(device) && !isEveryDevice(device) && 'a device by index and name at once, or by neither';
};

/** How SUSPEND_SINK and SUSPEND_SOURCE name all of them: no index and an empty name, as pasuspender does. */
export function isEveryDevice({ index, name }: DeviceRef): boolean {
  return index === undefined && name === '';
}

const wrongMove = ({ device }: { readonly device: DeviceRef }): Wrong =>
  !isRef(device) && 'no device that can be named so';

/** What changes devices and other people's streams (the fact sheet's 4.7). */
export const CONTROL = {
  SET_SINK_VOLUME: command(36, deviceVolume, nothing, (asked) => toOne(asked) || volumes(asked)),
  SET_SINK_INPUT_VOLUME: command(37, streamVolume, nothing, volumes),
  SET_SOURCE_VOLUME: command(38, deviceVolume, nothing, (asked) => toOne(asked) || volumes(asked)),
  SET_SOURCE_OUTPUT_VOLUME: command(98, streamVolume, nothing, volumes),
  SET_SINK_MUTE: command(39, deviceMute, nothing, toOne),
  SET_SOURCE_MUTE: command(40, deviceMute, nothing, toOne),
  SET_SINK_INPUT_MUTE: command(69, streamMute, nothing),
  SET_SOURCE_OUTPUT_MUTE: command(99, streamMute, nothing),
  SET_DEFAULT_SINK: command(44, newDefault, nothing, wrongDefault),
  SET_DEFAULT_SOURCE: command(45, newDefault, nothing, wrongDefault),
  KILL_CLIENT: command(48, one, nothing),
  KILL_SINK_INPUT: command(49, one, nothing),
  KILL_SOURCE_OUTPUT: command(50, one, nothing),
  LOAD_MODULE: command(51, struct({ name: text, arguments: optionalText }), struct({ index: u32 })),
  UNLOAD_MODULE: command(52, one, nothing),
  MOVE_SINK_INPUT: command(67, move, nothing, wrongMove),
  MOVE_SOURCE_OUTPUT: command(68, move, nothing, wrongMove),
  SUSPEND_SINK: command(70, suspend, nothing, wrongSuspend),
  SUSPEND_SOURCE: command(71, suspend, nothing, wrongSuspend),
  SET_CARD_PROFILE: command(90, struct({ device: deviceRef, profile: text }), nothing, toOne),
  SET_SINK_PORT: command(96, port, nothing, toOne),
  SET_SOURCE_PORT: command(97, port, nothing, toOne),
  SET_PORT_LATENCY_OFFSET: command(100, struct({ device: deviceRef, port: text, offsetUs: s64 }), nothing, toOne),
} as const;
