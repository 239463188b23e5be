import type { Connection } from './connection.js';
import { CopyTap } from './copy-tap.js';
import { openStream, type StreamOptions } from './open-stream.js';
import { RecordStream } from './record-stream.js';
import { RingTap } from './ring-tap.js';

export interface RecordOptions extends StreamOptions {
  /** From a monitor: leave this connection's own playback out. */
  readonly mixMinus?: boolean;
}

/** A record stream: server → tap (ring or copies) → frames. */
export function openRecord(connection: Connection, options: RecordOptions): Promise<RecordStream> {
  const wish = { mixMinus: options.mixMinus ?? false };
  return openStream(connection, 'record', options, wish, ({ facts, ring, quantumFrames }) => {
    const tap =
      ring === undefined
        ? new CopyTap(facts.frameBytes, options.rate)
        : new RingTap(ring, { rate: options.rate, latencyMs: options.latencyMs ?? 0, quantumFrames });
    return new RecordStream(connection, facts, tap);
  });
}
