/** The client's process in ring.race.test.ts: argv is the direction and JSON terms; descriptors 3 and 4 are the segments. */
import { nowNs, sleepUntilNs } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import { importSegment } from './import.js';
import { PlaybackWriter, RecordReader } from './ring.js';
import { checkHeaders, type Direction, ringInSegments, type RingMemory, segmentSizes } from './ring-memory.js';
import { CONTROL_SEALS, DATA_SEALS } from './segment.js';

export interface PeerTerms {
  capacityFrames: number;
  quantumFrames: number;
  /** Where the stream stands, and where it ends. */
  start: number;
  end: number;
}

export interface PeerReport {
  frames: number;
  lostFrames: number;
  wrongFrames: number;
}

/** Frames of 4 bytes, each its own position: a sequence that any loss, doubling or swap breaks. */
export const FRAME_BYTES = 4;

export function pause(): void {
  sleepUntilNs(nowNs() + 100_000);
}

function mapRing(direction: Direction, { capacityFrames }: PeerTerms): RingMemory {
  const sizes = segmentSizes(direction, capacityFrames, FRAME_BYTES);
  const control = importSegment(3, { sizeBytes: sizes.controlBytes, seals: CONTROL_SEALS, writable: true });
  if (control instanceof WeirError) throw control;
  const data = importSegment(4, { sizeBytes: sizes.dataBytes, seals: DATA_SEALS, writable: false });
  if (data instanceof WeirError) throw data;
  const memory = ringInSegments(direction, control.address, data.address, { capacityFrames, frameBytes: FRAME_BYTES });
  const wrong = checkHeaders(memory);
  if (wrong) throw wrong;
  return memory;
}

function play(memory: RingMemory, { start, end }: PeerTerms): PeerReport {
  const writer = new PlaybackWriter(memory, start);
  const chunk = new Int32Array(4096);
  while (writer.frames < end) {
    const first = writer.frames;
    for (let i = 0; i < chunk.length; i++) chunk[i] = (first + i) | 0;
    const frames = Math.min(chunk.length, end - first);
    if (writer.write(new Uint8Array(chunk.buffer, 0, frames * FRAME_BYTES)) === 0) pause();
  }
  return { frames: writer.frames - start, lostFrames: 0, wrongFrames: 0 };
}

function listen(memory: RingMemory, { start, end, quantumFrames }: PeerTerms): PeerReport {
  const reader = new RecordReader(memory, quantumFrames, start);
  const chunk = new Int32Array(4096);
  const bytes = new Uint8Array(chunk.buffer);
  let wrongFrames = 0;
  while (reader.frames < end) {
    const frames = reader.read(bytes);
    const first = reader.frames - frames;
    for (let i = 0; i < frames; i++) if (chunk[i] !== ((first + i) | 0)) wrongFrames++;
    if (frames === 0) pause();
  }
  return { frames: reader.frames - start - reader.lostFrames, lostFrames: reader.lostFrames, wrongFrames };
}

function main(): void {
  const [, , direction, json] = process.argv;
  if (direction !== 'playback' && direction !== 'record') return;
  const terms = JSON.parse(json ?? '{}') as PeerTerms;
  const report = (direction === 'playback' ? play : listen)(mapRing(direction, terms), terms);
  process.stdout.write(JSON.stringify(report));
}

main();
