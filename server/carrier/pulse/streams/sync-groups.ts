import type { PlaybackBuffer } from '../buffer/playback-buffer.js';
import { SyncGroup } from '../buffer/sync-group.js';

/** The groups of one client's streams, by the number that it gave them. */
export class SyncGroups {
  readonly #groups = new Map<number, SyncGroup>();

  join(syncId: number, buffer: PlaybackBuffer): void {
    for (const [id, group] of this.#groups) if (group.members.size === 0) this.#groups.delete(id);
    const group = this.#groups.get(syncId) ?? new SyncGroup();
    this.#groups.set(syncId, group);
    group.join(buffer);
  }
}
