import type { weir } from '#proto';
import type { Connection, NewsListener } from './connection.js';
import { EMPTY_STATE, levelsOf, type MeterLevels, type MixerState, patched, stateOf } from './mixer-state.js';

export type StateListener = (state: MixerState) => void;
export type MeterListener = (levels: MeterLevels) => void;
export type Unsubscribe = () => void;

/** What one connection watches: the union of what its listeners asked for. */
export class Subscriptions implements NewsListener {
  readonly #connection: Connection;
  readonly #watchers = new Set<StateListener>();
  readonly #meters = new Map<MeterListener, number>();
  /** Waiting for the next snapshot, whichever it is. */
  readonly #snapshots: StateListener[] = [];
  #state: MixerState = EMPTY_STATE;
  #subscribed = { state: false, metersHz: 0 };

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.news = this;
  }

  /** The mixer as it is now. */
  async state(): Promise<MixerState> {
    if (this.#subscribed.state && this.#state !== EMPTY_STATE) return this.#state;
    const arrived = new Promise<MixerState>((resolve) => this.#snapshots.push(resolve));
    await this.#subscribe();
    const state = await Promise.race([arrived, this.#connection.closed]);
    if (state instanceof Error) throw state;
    await this.#subscribe();
    return state;
  }

  /** Tells the state now and after each change, until unsubscribed. */
  async watch(listener: StateListener): Promise<Unsubscribe> {
    this.#watchers.add(listener);
    if (this.#subscribed.state && this.#state !== EMPTY_STATE) listener(this.#state);
    await this.#subscribe();
    return () => {
      if (this.#watchers.delete(listener)) this.#resubscribe();
    };
  }

  async watchMeters(hz: number, listener: MeterListener): Promise<Unsubscribe> {
    this.#meters.set(listener, hz);
    await this.#subscribe();
    return () => {
      if (this.#meters.delete(listener)) this.#resubscribe();
    };
  }

  snapshot(snapshot: weir.v1.Snapshot.$Properties): void {
    this.#changed(stateOf(snapshot));
    for (const arrived of this.#snapshots.splice(0)) arrived(this.#state);
  }

  patch(patch: weir.v1.Patch.$Properties): void {
    const next = patched(this.#state, patch);
    if (next !== this.#state) this.#changed(next);
  }

  meters(meters: weir.v1.Meters.$Properties): void {
    const levels = levelsOf(meters);
    for (const listener of this.#meters.keys()) listener(levels);
  }

  #changed(state: MixerState): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher(state);
  }

  /** Asks for what is wanted in all, when that has changed. */
  async #subscribe(): Promise<void> {
    const wanted = {
      state: this.#watchers.size > 0 || this.#snapshots.length > 0,
      metersHz: Math.max(0, ...this.#meters.values()),
    };
    if (wanted.state === this.#subscribed.state && wanted.metersHz === this.#subscribed.metersHz) return;
    const before = this.#subscribed;
    this.#subscribed = wanted;
    if (!wanted.state) this.#state = EMPTY_STATE;
    try {
      await this.#connection.request({ subscribe: wanted }, () => {});
    } catch (error) {
      this.#subscribed = before;
      throw error;
    }
  }

  /** Wanting less cannot fail in a way that matters: only with the connection, which tells that itself. */
  #resubscribe(): void {
    this.#subscribe().catch(() => {});
  }
}
