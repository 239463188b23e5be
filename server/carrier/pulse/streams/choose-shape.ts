import type { FrameSpec, SampleFormat } from '../../../device/output-driver.js';
import type { Output } from '../../../engine/output.js';
import { WeirError } from '../../../observe/errors.js';
import { CHANNELS_MAX, RATE_MAX_HZ, RATE_MIN_HZ } from '../../../stream/limits.js';
import { shapeOfOutput } from '../describe/shape.js';
import type { StreamWish } from '../wire/messages/stream-checks.js';
import { choosePcm, type PcmShape } from '../wire/values/format-info.js';
import { isSpec, type PulseFormat } from '../wire/values/sample-spec.js';

interface ShapeWish extends StreamWish {
  readonly fixFormat: boolean;
  readonly fixRate: boolean;
  readonly fixChannels: boolean;
}

/** What a stream sounds in: as it asks, or as the output does where it leaves that to us. */
export function chooseShape(wish: ShapeWish, output: Output): PcmShape | WeirError {
  const usual = shapeOfOutput(output);
  const shape = wish.formats.length > 0 ? choosePcm(wish.formats, usual.spec) : fixed(wish, usual);
  if (!shape) return new WeirError('FORMAT_UNSUPPORTED', 'none of the formats that it offers is PCM');
  const { rate, channels } = shape.spec;
  if (channels <= CHANNELS_MAX && rate >= RATE_MIN_HZ && rate <= RATE_MAX_HZ) return shape;
  return new WeirError('FORMAT_UNSUPPORTED', `${channels} channels, ${rate} Hz`);
}

function fixed({ spec, map, fixFormat, fixRate, fixChannels }: ShapeWish, usual: PcmShape): PcmShape | undefined {
  if (!isSpec(spec)) return undefined;
  return {
    spec: {
      format: fixFormat ? usual.spec.format : spec.format,
      rate: fixRate ? usual.spec.rate : spec.rate,
      channels: fixChannels ? usual.spec.channels : spec.channels,
    },
    map: fixChannels ? usual.map : map,
  };
}

const RING_FORMAT: Partial<Record<PulseFormat, SampleFormat>> = { s16le: 's16', s24le: 's24', s32le: 's32', float32le: 'f32' };

/** The ring's frames for a stream of this shape. */
export function ringSpecOf({ spec: { format, rate, channels } }: PcmShape): FrameSpec | WeirError {
  const ring = RING_FORMAT[format];
  return ring ? { format: ring, rate, channels } : new WeirError('FORMAT_UNSUPPORTED', format);
}
