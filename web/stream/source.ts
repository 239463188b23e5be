export type SourceKind = 'file' | 'microphone' | 'screen';

/** Where a playback stream takes its sound from. Interleaved, at RATE, CHANNELS wide. */
export interface Source {
  readonly kind: SourceKind;
  readonly name: string;
  /** All there is; undefined for sound that is made as it goes. */
  readonly lengthFrames: number | undefined;
  /** Nothing more will come. */
  readonly ended: boolean;
  /** Frames that were captured and thrown away here. */
  readonly droppedFrames: number;
  /** The next at most `frames` frames; empty when there are none now. */
  read(frames: number): Float32Array;
  /** Goes to `frame` where it can; live sound forgets what waits. */
  seek(frame: number): void;
  /** Calls back when there is more to read, or when it ended. */
  whenReady(callback: () => void): void;
  close(): void;
}
