/** One AudioPacket in the making. */
export interface SoundPacket {
  /** Position of the first frame in the stream. */
  readonly frame: number;
  /** When it was captured; 0 is unknown. */
  readonly captureUs: number;
  readonly data: Uint8Array;
}

/** Frames into packets of one codec. They come out in order, some a little later. */
export interface PacketEncoder {
  readonly codec: 'pcm' | 'opus';
  /** What a second of sound takes. */
  readonly bytesPerSecond: number;
  /** Frames that went in and have not come out. */
  readonly pendingFrames: number;
  /** Frames that the packet in the making waits for; 0 between two. */
  readonly lackingFrames: number;
  /** Before the first frame: what was heard right before it makes no packet, but the first one sounds as if it had. */
  prime(samples: Float32Array): void;
  /** Interleaved frames; `frame` may leave some out, and never goes back. */
  encode(samples: Float32Array, frame: number, captureUs: number): void;
  /** Nothing more comes: settles when all that went in came out. */
  finish(): Promise<void>;
  /** Ends between two packets, when the last one came out. */
  retire(): void;
  close(): void;
}
