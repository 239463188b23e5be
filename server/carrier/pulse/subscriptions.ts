import type { weir } from '#proto';
import { weir as words } from '#proto';
import type { House } from '../../session/house.js';
import { PATCH_INTERVAL_MS } from '../../session/limits.js';
import type { MixerWatcher } from '../../session/mixer-feed.js';
import type { EventType, Facility } from './wire/numbers.js';

export interface Subscriber {
  /** The number of the client that it is: its own objects are never hidden from it. */
  readonly client: number;
  /** It may know of others' objects. */
  readonly seesAll: boolean;
  event(facility: Facility, type: EventType, index: number): void;
}

interface Known {
  readonly facility: Facility;
  readonly index: number;
  /** Whose it is; undefined: everybody's. */
  readonly client: number | undefined;
  /** What PulseAudio shows of it; levels, fills and delays change all the time and are no news. */
  readonly shown: string;
}

/** Turns what the mixer is told (session/mixer-feed.ts) into events of PulseAudio's, for all clients that subscribed to any. */
export class Subscriptions implements MixerWatcher {
  readonly #house: () => House;
  readonly #subscribers = new Set<Subscriber>();
  readonly #known = new Map<string, Known>();
  readonly #changes = new Set<string>();
  #soon: NodeJS.Timeout | undefined;
  #defaultSink = '';

  constructor(house: () => House) {
    this.#house = house;
  }

  join(subscriber: Subscriber): void {
    if (this.#subscribers.has(subscriber)) return;
    this.#subscribers.add(subscriber);
    if (this.#subscribers.size > 1) return;
    this.#known.clear();
    const { devices, clients, streams } = this.#house().mixerFeed.subscribe(this);
    this.#look({ devices, clients, streams }, () => {});
  }

  leave(subscriber: Subscriber): void {
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#house().mixerFeed.leave(this);
  }

  send({ patch }: { patch: weir.v1.IPatch }): void {
    this.#look(patch, (known, type) => this.#tell(known, type));
    for (const number of patch.clientsGone ?? []) this.#forget(`client ${number}`);
    for (const number of patch.streamsGone ?? []) this.#forget(`stream ${number}`);
  }

  /** Something changed that only this carrier knows of, a property for one. It is told with others, and once, however often it did. */
  changed(facility: 'CLIENT' | 'SINK_INPUT' | 'SOURCE_OUTPUT', index: number): void {
    if (this.#subscribers.size === 0) return;
    this.#changes.add(facility === 'CLIENT' ? `client ${index}` : `stream ${index}`);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#tellChanges();
    }, PATCH_INTERVAL_MS);
  }

  close(): void {
    clearTimeout(this.#soon);
  }

  #look(
    { devices, clients, streams }: Pick<weir.v1.IPatch, 'devices' | 'clients' | 'streams'>,
    changed: (known: Known, type: EventType) => void,
  ): void {
    const note = (key: string, now: Known) => {
      const was = this.#known.get(key);
      if (was?.shown === now.shown) return;
      this.#known.set(key, now);
      changed(now, was ? 'CHANGE' : 'NEW');
    };
    for (const device of devices ?? []) note(`device ${device.name}`, this.#device(device));
    for (const client of clients ?? []) note(`client ${client.client}`, knownClient(client));
    for (const stream of streams ?? []) note(`stream ${stream.stream}`, knownStream(stream));
    const { name = '' } = this.#house().outputs.default ?? {};
    if (name === this.#defaultSink) return;
    this.#defaultSink = name;
    changed({ facility: 'SERVER', index: 0, client: undefined, shown: '' }, 'CHANGE');
  }

  /** What nobody was told of yet is told as new, and what is gone as gone. */
  #tellChanges(): void {
    for (const key of this.#changes) {
      const known = this.#known.get(key);
      if (known) this.#tell(known, 'CHANGE');
    }
    this.#changes.clear();
  }

  #forget(key: string): void {
    const known = this.#known.get(key);
    if (known) this.#tell(known, 'REMOVE');
    this.#known.delete(key);
  }

  #tell({ facility, index, client }: Known, type: EventType): void {
    for (const subscriber of this.#subscribers) {
      if (client !== undefined && client !== subscriber.client && !subscriber.seesAll) continue;
      subscriber.event(facility, type, index);
    }
  }

  #device({
    name,
    monitorOf,
    running,
    lost,
    suspended,
    format,
    rate,
    channels,
    volume,
    muted,
    balance,
  }: weir.v1.IDevice): Known {
    const output = monitorOf || name;
    const index = this.#house().outputs.all.findIndex((candidate) => candidate.name === output);
    const shown = JSON.stringify([running, lost, suspended, format, rate, channels, volume, muted, balance]);
    return { facility: monitorOf ? 'SOURCE' : 'SINK', index, client: undefined, shown };
  }
}

function knownClient({ client, name }: weir.v1.IClient): Known {
  return { facility: 'CLIENT', index: client ?? 0, client: client ?? 0, shown: name ?? '' };
}

function knownStream({ stream, client, direction, device, name, volume, muted, state }: weir.v1.IStream): Known {
  const facility = direction === words.v1.Direction.RECORD ? 'SOURCE_OUTPUT' : 'SINK_INPUT';
  const shown = JSON.stringify([device, name, volume, muted, state === words.v1.StreamState.PAUSED]);
  return { facility, index: stream ?? 0, client: client ?? 0, shown };
}
