import { list, nothing, struct, u32 } from '../tagstruct/codec.js';
import { type DeviceRef, deviceRef, isRef, isRefToOne } from '../values/device-ref.js';
import { command, type Wrong } from './command.js';
import {
  cardInfo,
  clientInfo,
  moduleInfo,
  sampleInfo,
  sinkInfo,
  sinkInputInfo,
  sourceInfo,
  sourceOutputInfo,
} from './object-info.js';

const byIndex = struct({ index: u32 });
const byRef = struct({ device: deviceRef });
const bySample = struct({ sample: deviceRef });

const wrongRef = ({ device }: { readonly device: DeviceRef }): Wrong =>
  !isRef(device) && 'no device that can be named so';
const notOne = ({ device }: { readonly device: DeviceRef }): Wrong =>
  !isRefToOne(device) && 'no card that can be named so';
const notOneSample = ({ sample }: { readonly sample: DeviceRef }): Wrong => {
  return (
    (sample.index === undefined) === (sample.name === undefined) && 'a sample by index and name at once, or by neither'
  );
};

/** Who asks what there is (the fact sheet's 4.6). */
export const INTROSPECTION = {
  GET_SINK_INFO: command(21, byRef, sinkInfo, wrongRef),
  GET_SINK_INFO_LIST: command(22, nothing, list(sinkInfo)),
  GET_SOURCE_INFO: command(23, byRef, sourceInfo, wrongRef),
  GET_SOURCE_INFO_LIST: command(24, nothing, list(sourceInfo)),
  GET_MODULE_INFO: command(25, byIndex, moduleInfo),
  GET_MODULE_INFO_LIST: command(26, nothing, list(moduleInfo)),
  GET_CLIENT_INFO: command(27, byIndex, clientInfo),
  GET_CLIENT_INFO_LIST: command(28, nothing, list(clientInfo)),
  GET_SINK_INPUT_INFO: command(29, byIndex, sinkInputInfo),
  GET_SINK_INPUT_INFO_LIST: command(30, nothing, list(sinkInputInfo)),
  GET_SOURCE_OUTPUT_INFO: command(31, byIndex, sourceOutputInfo),
  GET_SOURCE_OUTPUT_INFO_LIST: command(32, nothing, list(sourceOutputInfo)),
  GET_SAMPLE_INFO: command(33, bySample, sampleInfo, notOneSample),
  GET_SAMPLE_INFO_LIST: command(34, nothing, list(sampleInfo)),
  GET_CARD_INFO: command(88, byRef, cardInfo, notOne),
  GET_CARD_INFO_LIST: command(89, nothing, list(cardInfo)),
} as const;
