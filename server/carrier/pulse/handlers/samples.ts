import { WeirError } from '../../../observe/errors.js';
import { ringSpec } from '../formats/frame-converter.js';
import { isSpec } from '../wire/values/sample-spec.js';
import { textOf } from '../wire/values/proplist.js';
import { done, type Handlers } from './handler.js';

export const SAMPLE_HANDLERS: Handlers<
  'CREATE_UPLOAD_STREAM' | 'DELETE_UPLOAD_STREAM' | 'FINISH_UPLOAD_STREAM' | 'PLAY_SAMPLE' | 'REMOVE_SAMPLE'
> = {
  CREATE_UPLOAD_STREAM: {
    verb: 'play',
    carryOut: ({ flows, samples }, { name, spec, map, lengthBytes, properties }) => {
      const called = name ?? textOf(properties, 'event.id');
      if (called === undefined) return new WeirError('SAMPLE_NAME_INVALID', 'the sample has no name');
      if (!isSpec(spec)) return new WeirError('FORMAT_UNSUPPORTED', 'no format of the protocol');
      const ring = ringSpec(spec);
      if (ring instanceof WeirError) return ring;
      const channel = flows.freeWriter();
      if (channel instanceof WeirError) return channel;
      const upload = samples.begin(channel, { name: called, shape: { spec, map }, properties }, lengthBytes);
      if (upload instanceof WeirError) return upload;
      flows.keep(upload);
      return { channel, lengthBytes };
    },
  },
  DELETE_UPLOAD_STREAM: {
    verb: 'play',
    carryOut: ({ flows }, { channel }) => {
      const upload = flows.upload(channel);
      return upload instanceof WeirError ? upload : done(flows.endUpload(upload));
    },
  },
  FINISH_UPLOAD_STREAM: {
    verb: 'play',
    carryOut: ({ flows, samples }, { channel }) => {
      const upload = flows.upload(channel);
      if (upload instanceof WeirError) return upload;
      const failed = samples.shelf.put(upload);
      flows.endUpload(upload);
      return failed;
    },
  },
  PLAY_SAMPLE: {
    verb: 'play',
    carryOut: ({ samples }, { sink, volume, name }) => {
      const sinkInput = samples.play(name, sink, volume);
      return sinkInput instanceof WeirError ? sinkInput : { sinkInput };
    },
  },
  REMOVE_SAMPLE: { verb: 'play', carryOut: ({ samples }, { name }) => samples.shelf.remove(name) },
};
