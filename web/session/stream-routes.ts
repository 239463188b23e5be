import type { weir } from '#proto';
import type { MissingFrames } from '../../server/stream/jitter/missing-packets.js';
import type { ServerMessage } from '../carrier/carrier.js';

/** What one stream of ours is told. */
export interface StreamNews {
  event?(event: weir.v1.StreamEvent.$Properties): void;
  /** What the mixer shows of it. */
  state?(state: weir.v1.Stream.$Properties): void;
  grant?(grantedFrames: number): void;
  audio?(packet: weir.v1.AudioPacket.$Properties): void;
  /** Frames of ours that the server misses. */
  missing?(missing: MissingFrames): void;
  /** There is no connection for it, and the stream's number is worth nothing. */
  lost?(): void;
}

/** Whom the server's news of each stream go to. */
export class StreamRoutes {
  readonly #streams = new Map<number, StreamNews>();

  /** News of stream number `stream` go to `news` until the returned function is called or the stream is lost. */
  add(stream: number, news: StreamNews): () => void {
    this.#streams.set(stream, news);
    return () => {
      if (this.#streams.get(stream) === news) this.#streams.delete(stream);
    };
  }

  /** Sound, and sound that is missed, from whatever connection it comes; true when the message was that. */
  passSound({ audio, missing }: ServerMessage): boolean {
    if (audio) this.#of(audio)?.audio?.(audio);
    else if (missing) this.#of(missing)?.missing?.(missingFrames(missing));
    else return false;
    return true;
  }

  /** What only the connection may tell that the page speaks on. */
  passNews({ grant, streamEvent, snapshot, patch }: ServerMessage): void {
    if (grant) this.#of(grant)?.grant?.(grant.frames ?? 0);
    if (streamEvent) this.#of(streamEvent)?.event?.(streamEvent);
    for (const state of (patch ?? snapshot)?.streams ?? []) this.#of(state)?.state?.(state);
  }

  loseAll(): void {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.lost?.();
  }

  #of({ stream }: { readonly stream?: number | null | undefined }): StreamNews | undefined {
    return this.#streams.get(stream ?? 0);
  }
}

function missingFrames({ fromFrame, toFrame, twice }: weir.v1.Missing.$Properties): MissingFrames {
  return { fromFrame: fromFrame ?? 0, toFrame: toFrame ?? 0, twice: twice ?? false };
}
