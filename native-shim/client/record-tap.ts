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
  /** Ends the flow; what had come can still be read. */
  close(): void;
}
