/** The way into the server for one playback stream: a ring, or copies. Frames are whole and interleaved. */
export interface Feed {
  /** Frames that may be pushed now. */
  roomFrames(): number;
  /** Takes at most `roomFrames()`; the bytes are the caller's again when it returns. */
  push(frames: Uint8Array): void;
  /** Resolves when it is worth asking for room again; at once after `close`. */
  waitForRoom(): Promise<void>;
  /** The fill to keep and the quantum have changed. */
  timing(fillFrames: number, quantumFrames: number): void;
  granted(frames: number): void;
  /** While paused nothing is consumed, so nothing need be looked after. */
  paused(paused: boolean): void;
  /** What the server tells of the stream in shared memory; nothing where there is none. */
  status(): PlaybackStatus | undefined;
  close(): void;
}

/** Measured by the server at `timeNs`, for the stream's own frames. */
export interface PlaybackStatus {
  /** Frames consumed since the stream opened, at `timeNs` of CLOCK_MONOTONIC. */
  readonly consumedFrames: number;
  readonly timeNs: number;
  /** From there to the speaker. */
  readonly delayFrames: number;
  /** In the ring. */
  readonly queuedFrames: number;
  /** From the newest frame in the ring to the speaker. */
  readonly latencyUs: number;
  readonly starvedFrames: number;
  readonly underruns: number;
  readonly droppedFrames: number;
}
