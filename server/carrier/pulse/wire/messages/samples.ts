import { WeirError } from '../../../../observe/errors.js';
import { NAME_CHARACTERS_MAX, UPLOAD_LIMIT_BYTES } from '../limits.js';
import { nothing, optionalText, optionalU32, struct, text, u32, type ValueOf } from '../tagstruct/codec.js';
import { channelMap, isMap } from '../values/channel-map.js';
import { deviceRef, isRef } from '../values/device-ref.js';
import { proplist } from '../values/proplist.js';
import { frameBytesOf, isSpec, sampleSpec } from '../values/sample-spec.js';
import { PULSE_VOLUME_MAX } from '../values/volume.js';
import { command, type Wrong } from './command.js';

const upload = struct({
  /** Where there is none, properties may tell it. */
  name: optionalText,
  spec: sampleSpec,
  map: channelMap,
  lengthBytes: u32,
  properties: proplist,
});
export type UploadRequest = ValueOf<typeof upload>;

function wrongUpload({ name, spec, map, lengthBytes }: UploadRequest): Wrong {
  if (name !== undefined && !isSampleName(name)) return 'no name of a sample';
  if (!isSpec(spec) || !isMap(map) || map.length !== spec.channels) return 'no format that a sample can have';
  if (lengthBytes === 0 || lengthBytes % frameBytesOf(spec) !== 0) return 'a sample that does not end with a frame';
  if (lengthBytes <= UPLOAD_LIMIT_BYTES) return undefined;
  return new WeirError('MESSAGE_TOO_LARGE', `a sample of ${lengthBytes} bytes; ${UPLOAD_LIMIT_BYTES} is the limit`);
}

/** Any text that is not too long (pa_namereg's rule is for devices; samples are named with spaces and all). */
export function isSampleName(name: string): boolean {
  return name.length > 0 && name.length <= NAME_CHARACTERS_MAX;
}

const play = struct({
  sink: deviceRef,
  /** Undefined: as it was uploaded. */
  volume: optionalU32,
  name: text,
  properties: proplist,
});

function wrongPlay({ sink, volume, name }: ValueOf<typeof play>): Wrong {
  if (!isRef(sink)) return 'an output by index and name at once, or by no name';
  if (volume !== undefined && volume > PULSE_VOLUME_MAX) return 'a volume beyond the largest';
  return !isSampleName(name) && 'no name of a sample';
}

const named = struct({ name: text });

/** The cache of short sounds. Their data comes as blocks on the channel, all of it granted at once. */
export const SAMPLES = {
  CREATE_UPLOAD_STREAM: command(15, upload, struct({ channel: u32, lengthBytes: u32 }), wrongUpload),
  DELETE_UPLOAD_STREAM: command(16, struct({ channel: u32 }), nothing),
  FINISH_UPLOAD_STREAM: command(17, struct({ channel: u32 }), nothing),
  PLAY_SAMPLE: command(18, play, struct({ sinkInput: u32 }), wrongPlay),
  REMOVE_SAMPLE: command(19, named, nothing, ({ name }) => !isSampleName(name) && 'no name of a sample'),
} as const;
