import type { PlaybackBuffer } from './playback-buffer.js';

/** Streams of one connection that are to be heard together: what is said to one of them is said to all. */
export class SyncGroup {
  readonly #members = new Set<PlaybackBuffer>();

  get members(): ReadonlySet<PlaybackBuffer> {
    return this.#members;
  }

  /** A later member begins where the first one is just now. */
  join(buffer: PlaybackBuffer): void {
    const [first] = this.#members;
    if (first) buffer.startAt(first.readIndex);
    this.#members.add(buffer);
    buffer.group = this;
  }

  leave(buffer: PlaybackBuffer): void {
    this.#members.delete(buffer);
    buffer.group = undefined;
  }

  /** Nobody begins before everybody can: then all of them do, with the same frame. */
  get waits(): boolean {
    let playing = false;
    let unready = false;
    for (const member of this.#members) {
      playing ||= member.playing;
      unready ||= member.filling && member.lengthBytes < member.attr.prebuf;
    }
    return unready && !playing;
  }
}
