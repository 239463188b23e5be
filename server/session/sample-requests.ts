import type { weir } from '#proto';
import { discard } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import { isVolume } from '../policy/volume.js';
import { frameBytesOf } from '../stream/frame-bytes.js';
import { Sample } from '../stream/sample.js';
import { type Answer, DONE } from './answer.js';
import { SAMPLE_BYTES_MAX, SAMPLE_NAME_CHARACTERS_MAX, SAMPLES_PER_CLIENT } from './limits.js';
import { deviceName, parseSpec, readableName } from './parse-open.js';
import type { Session } from './session.js';

/** One-shot sounds: uploaded once, played by name. `fds`: the descriptors that wait; an upload takes the oldest. */
export function sampleRequest(session: Session, message: weir.v1.ClientMessage, fds: number[]): Answer {
  const { samples } = session.house;
  switch (message.body) {
    case 'uploadSample':
      return upload(session, message.uploadSample ?? {}, fds.shift());
    case 'playSample':
      return play(session, message.playSample ?? {});
    case 'removeSample': {
      const name = sampleName(message.removeSample?.name);
      return samples.remove(session, name) ? DONE : noSample(name);
    }
    default:
      return new WeirError('BAD_MESSAGE', 'no request about a sample');
  }
}

function upload(session: Session, wish: weir.v1.IUploadSample, fd: number | undefined): Answer {
  if (fd === undefined) return new WeirError('FD_MISSING', 'UploadSample came without a descriptor');
  const checked = checkUpload(session, wish);
  if (checked instanceof WeirError) {
    discard(fd);
    return checked;
  }
  const { name, sizeBytes, spec } = checked;
  const sample = Sample.receive(fd, sizeBytes, spec, session.quota);
  if (sample instanceof WeirError) return sample;
  session.house.samples.put(session, name, sample);
  return DONE;
}

function checkUpload(session: Session, wish: weir.v1.IUploadSample) {
  const name = sampleName(wish.name);
  if (name === '' || Array.from(name).length > SAMPLE_NAME_CHARACTERS_MAX) {
    return new WeirError('SAMPLE_NAME_INVALID', `"${name.slice(0, SAMPLE_NAME_CHARACTERS_MAX)}"`);
  }
  const { samples } = session.house;
  if (samples.count(session) >= SAMPLES_PER_CLIENT && !samples.find(session, name)) {
    return new WeirError('TOO_MANY_SAMPLES', `${SAMPLES_PER_CLIENT} samples are there`);
  }
  const spec = parseSpec(wish);
  if (spec instanceof WeirError) return spec;
  const sizeBytes = wish.sizeBytes ?? 0;
  if (sizeBytes === 0 || sizeBytes > SAMPLE_BYTES_MAX || sizeBytes % frameBytesOf(spec) !== 0) {
    return new WeirError(
      'FD_WRONG_SIZE',
      `${sizeBytes} bytes: not whole frames, or not 1 to ${SAMPLE_BYTES_MAX} bytes`,
    );
  }
  return { name, sizeBytes, spec };
}

function play(session: Session, wish: weir.v1.IPlaySample): Answer {
  const name = sampleName(wish.name);
  const sample = session.house.samples.find(session, name);
  if (!sample) return noSample(name);
  const volume = wish.volume ?? 1;
  if (!isVolume(volume)) return new WeirError('VOLUME_OUT_OF_RANGE', `a volume of ${volume}`);
  return session.streams.playSample(sample, name, deviceName(wish.device), volume) ?? DONE;
}

/** One character over the limit stays, so that too long a name is refused and not cut. */
function sampleName(name: string | null | undefined): string {
  return readableName(name, SAMPLE_NAME_CHARACTERS_MAX + 1);
}

function noSample(name: string): WeirError {
  return new WeirError('SAMPLE_NOT_FOUND', `this connection has no sample "${name}"`);
}
