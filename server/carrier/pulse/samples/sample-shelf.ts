import type { Quota } from '../../../mempool/quota.js';
import { WeirError } from '../../../observe/errors.js';
import { SAMPLES_PER_CLIENT } from '../../../session/limits.js';
import type { Sample } from '../../../stream/sample.js';
import type { Stream } from '../../../stream/stream.js';
import type { Streams } from '../../../stream/streams.js';
import { ChargedProplist } from '../charged-proplist.js';
import { volumesOf } from '../describe/volumes.js';
import type { SampleInfo } from '../wire/messages/object-info.js';
import type { EventType } from '../wire/numbers.js';
import type { DeviceRef } from '../wire/values/device-ref.js';
import type { Described, Upload } from './upload.js';

/** Who hears of what is put on a shelf and taken off. */
export interface SampleWatcher {
  event(facility: 'SAMPLE', type: EventType, index: number): void;
}

interface Entry extends Described {
  /** Its properties' cost. */
  readonly said: ChargedProplist;
  readonly index: number;
  readonly sample: Sample;
}

/**
 * The short sounds of one user: uploaded once, played by name by any of his programs. They stay until they are removed; where room is
 * needed, those go that were not played for longest.
 */
export class SampleShelf {
  /** Each ends by itself. */
  readonly playing = new Set<Stream>();
  readonly #quota: Quota;
  /** Played longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Set<SampleWatcher>();
  #nextIndex = 0;

  /** `quota`: of the shelf's own; what still plays of something removed stays charged until it ends. */
  constructor(quota: Quota) {
    this.#quota = quota;
  }

  get bytes(): number {
    let bytes = 0;
    for (const { sample } of this.#entries.values()) bytes += sample.sizeBytes;
    return bytes;
  }

  join(watcher: SampleWatcher): void {
    this.#watchers.add(watcher);
  }

  leave(watcher: SampleWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** Puts there what was uploaded, in place of what had its name; where that cannot be, nothing changes but what had to make room. */
  put(upload: Upload): WeirError | undefined {
    const { name, shape, properties } = upload;
    while (!this.#entries.has(name) && this.#entries.size >= SAMPLES_PER_CLIENT) this.#evict();
    let made = this.#make(upload);
    while (made instanceof WeirError && made.code === 'QUOTA_EXCEEDED' && this.#evict()) made = this.#make(upload);
    if (made instanceof WeirError) return made;
    const before = this.#entries.get(name);
    if (before) this.#drop(before);
    const entry = { name, shape, properties, index: before?.index ?? this.#nextIndex++, ...made };
    this.#entries.set(name, entry);
    this.#tell(entry, before ? 'CHANGE' : 'NEW');
    return undefined;
  }

  /** One to be played. */
  take(name: string): Sample | WeirError {
    const entry = this.#entries.get(name);
    if (!entry) return noSample(name);
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.sample;
  }

  remove(name: string): WeirError | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return noSample(name);
    this.#drop(entry);
    this.#tell(entry, 'REMOVE');
    return undefined;
  }

  describe({ index, name }: DeviceRef): SampleInfo | WeirError {
    const entry = [...this.#entries.values()].find((one) => one.index === index || one.name === name);
    return entry ? infoOf(entry) : noSample(name ?? `${index}`);
  }

  describeAll(): SampleInfo[] {
    return [...this.#entries.values()].sort((one, other) => one.index - other.index).map(infoOf);
  }

  /** All that plays of it ends. */
  close(streams: Streams): void {
    for (const stream of this.playing) streams.close(stream);
    this.playing.clear();
    for (const entry of this.#entries.values()) this.#drop(entry);
  }

  #make(upload: Upload): Pick<Entry, 'said' | 'sample'> | WeirError {
    const said = ChargedProplist.of(upload.properties, this.#quota);
    if (said instanceof WeirError) return said;
    const sample = upload.make(this.#quota);
    if (!(sample instanceof WeirError)) return { said, sample };
    said.free();
    return sample;
  }

  /** False where there is nothing left. */
  #evict(): boolean {
    const [entry] = this.#entries.values();
    if (!entry) return false;
    this.#drop(entry);
    this.#tell(entry, 'REMOVE');
    return true;
  }

  #drop({ name, said, sample }: Entry): void {
    this.#entries.delete(name);
    said.free();
    sample.drop();
  }

  #tell({ index }: Entry, type: EventType): void {
    for (const watcher of this.#watchers) watcher.event('SAMPLE', type, index);
  }
}

function infoOf({ index, name, shape, sample, properties }: Entry): SampleInfo {
  const { frames, sizeBytes: bytes } = sample;
  const durationUs = Math.round((frames * 1e6) / shape.spec.rate);
  const volume = volumesOf(1, shape.spec.channels);
  return { index, name, volume, durationUs, ...shape, bytes, lazy: false, filename: undefined, properties };
}

function noSample(name: string): WeirError {
  return new WeirError('SAMPLE_NOT_FOUND', `there is no sample "${name}"`);
}
