import { type FrameSpec, SAMPLE_BYTES } from '../frame-spec.js';
import { WeirError } from '../../server/observe/errors.js';
import { viewOf } from '../library.js';
import { addSeals, close, map, memfd, SEAL, SysError, unmap } from '../sys.js';
import type { Connection } from './connection.js';
import { FORMAT_NUMBER } from './words.js';

const ALL_SEALS = SEAL.SHRINK | SEAL.GROW | SEAL.WRITE | SEAL.SEAL;

/**
 * Gives the server a one-shot sound to play by name: one copy into sealed memory, then none.
 * @param frames whole interleaved frames of `spec`
 * @throws WeirError MAPPING_FAILED, SAMPLE_NAME_INVALID, TOO_MANY_SAMPLES, QUOTA_EXCEEDED … · RangeError not whole frames
 */
export async function uploadSample(
  connection: Connection,
  name: string,
  spec: FrameSpec,
  frames: Uint8Array,
): Promise<void> {
  const frameBytes = SAMPLE_BYTES[spec.format] * spec.channels;
  if (frames.length === 0 || frames.length % frameBytes !== 0) {
    throw new RangeError(`${frames.length} bytes are not whole frames of ${frameBytes}`);
  }
  const fd = sealed(frames);
  const { rate, channels } = spec;
  const upload = { name, format: FORMAT_NUMBER[spec.format], rate, channels, sizeBytes: frames.length };
  try {
    await connection.request({ uploadSample: upload }, () => {}, { fds: [fd] });
  } finally {
    close(fd);
  }
}

/** A memfd that holds `bytes` and can never change again. */
function sealed(bytes: Uint8Array): number {
  const fd = memfd('weir-sample', bytes.length);
  if (fd instanceof SysError) throw new WeirError('MAPPING_FAILED', fd.message);
  // F_SEAL_WRITE is refused while a writable mapping exists, so that goes first.
  const failure = fill(fd, bytes) ?? failed(addSeals(fd, ALL_SEALS));
  if (failure === undefined) return fd;
  close(fd);
  throw new WeirError('MAPPING_FAILED', failure.message);
}

function fill(fd: number, bytes: Uint8Array): SysError | undefined {
  const address = map(fd, bytes.length, true);
  if (address instanceof SysError) return address;
  new Uint8Array(viewOf(address, bytes.length)).set(bytes);
  return failed(unmap(address, bytes.length));
}

const failed = (outcome: number | SysError): SysError | undefined =>
  outcome instanceof SysError ? outcome : undefined;
