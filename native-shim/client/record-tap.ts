/** Measured by the server at `timeNs`. */
export interface RecordStatus {
  /** Frames recorded since the stream opened; the last `quantumFrames` of them at `timeNs` of CLOCK_MONOTONIC. */
  readonly recordedFrames: number;
  readonly timeNs: number;
  readonly quantumFrames: number;
}

/** The way out of the server for one record stream: a ring, or copies. */
export interface RecordTap {
  /** What has come since, as whole frames that are the caller's to keep; nothing yet. */
  read(): Uint8Array | undefined;
  /** Resolves when it is worth reading again; at once after `close`. */
  waitForFrames(): Promise<void>;
  /** Frames that were recorded but never read: the reader was too slow. */
  lostFrames(): number;
  /** A packet of copies; its data lives until this returns. */
  packet(frame: number, data: Uint8Array): void;
  timing(quantumFrames: number): void;
  /** What the server tells of the stream in shared memory; nothing where there is none. */
  status(): RecordStatus | undefined;
  /** Ends the flow; what had come can still be read. */
  close(): void;
}
