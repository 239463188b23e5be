import type { weir } from '#proto';
import type { LevelReading } from '../engine/blocks.js';
import type { House } from './house.js';
import { METERS_HZ_MAX } from './limits.js';

const TICK_MS = Math.floor(1000 / METERS_HZ_MAX);

/** Who is told of levels: false when it could not take them. */
export interface MeterWatcher {
  sendDroppable(news: { meters: weir.v1.IMeters }): boolean;
}

/** One meter's values since a subscriber was last told. */
interface Gathered {
  of: { device: string } | { stream: number };
  peak: number[];
  /** Sums of the mean squares of `ticks` readings. */
  power: number[];
  ticks: number;
}

interface Subscriber {
  hz: number;
  dueMs: number;
  gathered: Map<string, Gathered>;
}

/** Levels of all outputs and streams: read once for everybody, gathered for each subscriber until its next turn. */
export class MeterFeed {
  readonly #house: () => House;
  readonly #subscribers = new Map<MeterWatcher, Subscriber>();
  #timer: NodeJS.Timeout | undefined;

  constructor(house: () => House) {
    this.#house = house;
  }

  /** 0 Hz ends it. */
  subscribe(watcher: MeterWatcher, hz: number): void {
    if (hz === 0) return this.leave(watcher);
    this.#subscribers.set(watcher, { hz, dueMs: 0, gathered: new Map() });
    this.#timer ??= setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  leave(watcher: MeterWatcher): void {
    this.#subscribers.delete(watcher);
    if (this.#subscribers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const { outputs, streams } = this.#house();
    for (const output of outputs.all) {
      if (!output.takeMeters()) continue;
      this.#gather({ device: output.name }, output.levels());
      for (const stream of streams.all) {
        if (stream.output === output) this.#gather({ stream: stream.number }, stream.levels());
      }
    }
    const nowMs = performance.now();
    for (const [watcher, subscriber] of this.#subscribers) {
      if (nowMs < subscriber.dueMs) continue;
      subscriber.dueMs = Math.max(subscriber.dueMs + 1000 / subscriber.hz, nowMs);
      this.#tell(watcher, subscriber);
    }
  }

  #gather(of: Gathered['of'], reading: LevelReading | undefined): void {
    if (!reading) return;
    const key = JSON.stringify(of);
    for (const { gathered } of this.#subscribers.values()) {
      const sum = gathered.get(key) ?? { of, peak: [], power: [], ticks: 0 };
      reading.peak.forEach((peak, c) => (sum.peak[c] = Math.max(sum.peak[c] ?? 0, peak)));
      reading.rms.forEach((rms, c) => (sum.power[c] = (sum.power[c] ?? 0) + rms * rms));
      sum.ticks++;
      gathered.set(key, sum);
    }
  }

  #tell(watcher: MeterWatcher, subscriber: Subscriber): void {
    const levels: weir.v1.ILevel[] = [...subscriber.gathered.values()].map(({ of, peak, power, ticks }) => ({
      ...of,
      peak,
      rms: power.map((sum) => Math.sqrt(sum / ticks)),
    }));
    subscriber.gathered.clear();
    if (levels.length > 0) watcher.sendDroppable({ meters: { levels } });
  }
}
