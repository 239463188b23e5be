/** One moment of the engine's status page (mempool/status.ts), in the stream's own bytes. */
export interface PlaybackMoment {
  /** PlaybackBuffer.readIndex as of that moment … */
  readonly readIndex: number;
  /** … and what the ring holds before it that is not the client's any more. */
  readonly staleBytes: number;
  readonly playing: boolean;
  readonly timeNs: number;
  /** From the ring to the loudspeaker. */
  readonly delayUs: number;
}

/**
 * What a client is told of the way behind its queue. The engine says at each quantum what it read; in between the sound moves on. The
 * client subtracts this latency from the read index to see which byte is heard, and that must never go back.
 */
export class PlaybackClock {
  readonly #bytesPerSecond: number;
  #heardUs = -Infinity;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** From `moment.readIndex` to the loudspeaker, at `nowNs`, in whole µs. */
  latencyUs({ readIndex, staleBytes, playing, timeNs, delayUs }: PlaybackMoment, nowNs: number): number {
    const passedUs = playing ? Math.max(0, nowNs - timeNs) / 1000 : 0;
    const readUs = (readIndex * 1e6) / this.#bytesPerSecond;
    const behindUs = Math.max(0, (staleBytes * 1e6) / this.#bytesPerSecond + delayUs - passedUs);
    this.#heardUs = Math.max(this.#heardUs, readUs - behindUs);
    return Math.max(0, Math.round(readUs - this.#heardUs));
  }
}
