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
  readonly hz: number;
  /** The one stream that it watches; undefined: all there is. */
  readonly stream: number | undefined;
  dueMs: number;
  readonly gathered: Map<string, Gathered>;
}

/** Levels of all outputs and streams: read once for everybody, gathered for each subscriber until its next turn. */
export class MeterFeed {
  readonly #house: () => House;
  readonly #subscribers = new Map<MeterWatcher, Subscriber>();
  /** The same by what they watch: a meter for each of many streams costs as much as there are streams, not as much as they are squared. */
  readonly #watching = new Map<number | undefined, Set<Subscriber>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(house: () => House) {
    this.#house = house;
  }

  /** 0 Hz ends it. `stream`: its levels alone. */
  subscribe(watcher: MeterWatcher, hz: number, stream?: number): void {
    this.#drop(watcher);
    if (hz === 0) return this.leave(watcher);
    const subscriber = { hz, stream, dueMs: 0, gathered: new Map<string, Gathered>() };
    this.#subscribers.set(watcher, subscriber);
    this.#watching.set(stream, (this.#watching.get(stream) ?? new Set<Subscriber>()).add(subscriber));
    this.#timer ??= setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  leave(watcher: MeterWatcher): void {
    this.#drop(watcher);
    if (this.#subscribers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #drop(watcher: MeterWatcher): void {
    const subscriber = this.#subscribers.get(watcher);
    if (!subscriber) return;
    this.#subscribers.delete(watcher);
    const others = this.#watching.get(subscriber.stream);
    others?.delete(subscriber);
    if (others?.size === 0) this.#watching.delete(subscriber.stream);
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
    const ofOne = 'stream' in of ? this.#watching.get(of.stream) : undefined;
    for (const { gathered } of [...(this.#watching.get(undefined) ?? []), ...(ofOne ?? [])]) {
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
