/** The ring and all that lies in its pages: docs/ring-layout.md. */
export { Hints, WakeRequest } from './hints.js';
export { PlaybackReader, PlaybackWriter } from './playback-ring.js';
export { RecordReader, RecordWriter } from './record-ring.js';
export { emptyStatus, StatusReader, StatusWriter, type StreamStatus } from './status.js';
