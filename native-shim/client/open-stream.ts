import { randomBytes } from 'node:crypto';
import { weir } from '#proto';
import { type FrameSpec, SAMPLE_BYTES } from '../frame-spec.js';
import { WeirError } from '../../server/observe/errors.js';
import { discard } from '../sys.js';
import type { Answer, Connection } from './connection.js';
import { type MappedRing, mapRing } from './mapped-ring.js';
import type { StreamFacts } from './playback-stream.js';
import { type Direction, FORMAT_NUMBER, type TransportName, transportWord } from './words.js';

const ID_BYTES = 16;

/** What both directions ask for. */
export interface StreamOptions extends FrameSpec {
  /** What a person calls it: the song, the call. */
  readonly name?: string;
  /** Absent: the default one. */
  readonly device?: string;
  /** From the program to the speaker, or from the mix to the program. Absent: whatever suits the server. */
  readonly latencyMs?: number;
  /** Absent: a ring, and copies where memory cannot be shared. */
  readonly transport?: TransportName;
  readonly paused?: boolean;
}

/** A stream as the server opened it. */
export interface Opened {
  readonly facts: StreamFacts;
  readonly ring: MappedRing | undefined;
  readonly fillFrames: number;
  readonly quantumFrames: number;
  readonly grantedFrames: number;
}

type Wish = Pick<weir.v1.OpenStream.$Properties, 'volume' | 'mixMinus'>;

/**
 * Opens a stream and makes it while its answer is handled, so that it misses no news.
 * @throws WeirError what the server refuses with, or what is wrong with the memory it sent
 */
export async function openStream<T>(
  connection: Connection,
  direction: Direction,
  options: StreamOptions,
  wish: Wish,
  make: (opened: Opened) => T,
): Promise<T> {
  const attempt = (transport: TransportName): Promise<T> =>
    connection.request({ openStream: { ...openingOf(direction, options, transport), ...wish } }, (answer, fds) =>
      make(accepted(connection, direction, options, answer, fds)),
    );
  try {
    return await attempt(options.transport ?? 'ring');
  } catch (error) {
    if (options.transport !== undefined || !isMemoryShort(error)) throw error;
    return await attempt('copies');
  }
}

function openingOf(
  direction: Direction,
  options: StreamOptions,
  transport: TransportName,
): weir.v1.OpenStream.$Properties {
  return {
    id: randomBytes(ID_BYTES),
    direction: direction === 'playback' ? weir.v1.Direction.PLAYBACK : weir.v1.Direction.RECORD,
    name: options.name ?? '',
    device: options.device ?? '',
    format: FORMAT_NUMBER[options.format],
    rate: options.rate,
    channels: options.channels,
    latencyUs: Math.round((options.latencyMs ?? 0) * 1000),
    transport: transport === 'ring' ? weir.v1.Transport.RING : weir.v1.Transport.COPIES,
    paused: options.paused ?? false,
  };
}

/** Memory that cannot be had is no reason to be silent; memory that is not what was said is one to leave. */
function isMemoryShort(error: unknown): boolean {
  return error instanceof WeirError && (error.code === 'SHARED_MEMORY_UNAVAILABLE' || error.code === 'MAPPING_FAILED');
}

function accepted(
  connection: Connection,
  direction: Direction,
  options: StreamOptions,
  answer: Answer,
  fds: readonly number[],
): Opened {
  if (answer.body !== 'streamOpened') {
    for (const fd of fds) discard(fd);
    throw new WeirError('BAD_MESSAGE', 'the server did not answer OpenStream with StreamOpened');
  }
  const opened = answer.streamOpened;
  const stream = opened.stream ?? 0;
  const transport = transportWord(opened.transport);
  const frameBytes = SAMPLE_BYTES[options.format] * options.channels;
  return {
    facts: { stream, device: opened.device ?? '', transport, frameBytes },
    ring: transport === 'ring' ? mapOrClose(connection, direction, opened, frameBytes, fds) : undefined,
    fillFrames: opened.fillFrames ?? 0,
    quantumFrames: opened.quantumFrames ?? 0,
    grantedFrames: opened.grantedFrames ?? 0,
  };
}

function mapOrClose(
  connection: Connection,
  direction: Direction,
  opened: weir.v1.StreamOpened.$Properties,
  frameBytes: number,
  fds: readonly number[],
): MappedRing {
  try {
    return mapRing(direction, opened, frameBytes, fds);
  } catch (error) {
    connection.tell({ closeStream: { stream: opened.stream } });
    throw error;
  }
}
