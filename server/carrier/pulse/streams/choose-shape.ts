import type { Output } from '../../../engine/output.js';
import { WeirError } from '../../../observe/errors.js';
import { shapeOfOutput } from '../describe/shape.js';
import type { StreamWish } from '../wire/messages/stream-checks.js';
import { choosePcm, type PcmShape } from '../wire/values/format-info.js';
import { isSpec } from '../wire/values/sample-spec.js';

interface ShapeWish extends StreamWish {
  readonly fixFormat: boolean;
  readonly fixRate: boolean;
  readonly fixChannels: boolean;
}

/** What a stream sounds in: as it asks, or as the output does where it leaves that to us. */
export function chooseShape(wish: ShapeWish, output: Output): PcmShape | WeirError {
  const usual = shapeOfOutput(output);
  const shape = wish.formats.length > 0 ? choosePcm(wish.formats, usual.spec) : fixed(wish, usual);
  return shape ?? new WeirError('FORMAT_UNSUPPORTED', 'none of the formats that it offers is PCM');
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
