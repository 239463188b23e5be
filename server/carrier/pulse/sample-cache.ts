import { randomBytes } from 'node:crypto';
import { Charge } from '../../mempool/quota.js';
import { WeirError } from '../../observe/errors.js';
import { SAMPLES_PER_CLIENT } from '../../session/limits.js';
import { plainRequest } from '../../stream/request.js';
import { ChargedProplist } from './charged-proplist.js';
import { positionOf, volumesOf } from './describe/volumes.js';
import type { PulseClient } from './pulse-client.js';
import { streamName } from './streams/stream-name.js';
import { type Described, Upload } from './upload.js';
import type { SampleInfo } from './wire/messages/object-info.js';
import type { DeviceRef } from './wire/values/device-ref.js';
import type { ChannelVolumes } from './wire/values/volume.js';

interface Entry extends Described {
  /** Its properties' cost. */
  readonly said: ChargedProplist;
  readonly index: number;
  readonly volumes: ChannelVolumes;
  readonly bytes: number;
  readonly frames: number;
}

/** The short sounds of one client: uploaded once, played by name, gone with it. */
export class SampleCache {
  readonly #client: PulseClient;
  readonly #entries = new Map<string, Entry>();
  #nextIndex = 0;

  constructor(client: PulseClient) {
    this.#client = client;
  }

  get bytes(): number {
    let bytes = 0;
    for (const entry of this.#entries.values()) bytes += entry.bytes;
    return bytes;
  }

  begin(channel: number, described: Described, lengthBytes: number): Upload | WeirError {
    const known = this.#entries.has(described.name);
    if (!known && this.#entries.size >= SAMPLES_PER_CLIENT) {
      return new WeirError('TOO_MANY_SAMPLES', `${SAMPLES_PER_CLIENT} samples are there`);
    }
    // Its memory is cleared now and collected later: as much work as sound of that length.
    this.#client.connection.budget.soundBytes.spend(lengthBytes);
    const charge = Charge.take(this.#client.quota, lengthBytes);
    return charge instanceof WeirError ? charge : new Upload(channel, described, charge);
  }

  finish(upload: Upload): WeirError | undefined {
    const { name, shape, properties } = upload;
    const said = ChargedProplist.of(properties, this.#client.quota);
    if (said instanceof WeirError) return said;
    const sample = upload.make(this.#client.quota);
    if (sample instanceof WeirError) {
      said.free();
      return sample;
    }
    const before = this.#entries.get(name);
    before?.said.free();
    const entry = {
      name,
      shape,
      properties,
      said,
      index: before?.index ?? this.#nextIndex++,
      volumes: volumesOf(1, shape.spec.channels),
      bytes: sample.sizeBytes,
      frames: sample.frames,
    };
    this.#entries.set(name, entry);
    this.#client.house.samples.put(this.#client, name, sample);
    this.#tell(entry, before ? 'CHANGE' : 'NEW');
    return undefined;
  }

  /** Plays one once; the number of the stream. */
  play(name: string, sink: DeviceRef, volume: number | undefined): number | WeirError {
    const { house, view, flows } = this.#client;
    const sample = house.samples.find(this.#client, name);
    if (!sample) return noSample(name);
    const output = view.sink(sink);
    if (output instanceof WeirError) return output;
    if (flows.sampleRefusal) return flows.sampleRefusal;
    const request = plainRequest({
      id: randomBytes(16).toString('hex'),
      direction: 'playback',
      name: streamName(name),
      device: output.name,
      spec: sample.spec,
      latencyUs: 0,
      transport: 'private',
      volume: volume === undefined ? 1 : positionOf([volume]),
      paused: false,
    });
    const stream = house.streams.playSample(sample, request, flows);
    if (stream instanceof WeirError) return stream;
    flows.keepSample(stream);
    return stream.number;
  }

  remove(name: string): WeirError | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return noSample(name);
    this.#entries.delete(name);
    entry.said.free();
    this.#client.house.samples.remove(this.#client, name);
    this.#tell(entry, 'REMOVE');
    return undefined;
  }

  describe({ index, name }: DeviceRef): SampleInfo | WeirError {
    const entry = [...this.#entries.values()].find((one) => one.index === index || one.name === name);
    return entry ? infoOf(entry) : noSample(name ?? `${index}`);
  }

  describeAll(): SampleInfo[] {
    return [...this.#entries.values()].map(infoOf);
  }

  close(): void {
    this.#entries.clear();
    this.#client.house.samples.leave(this.#client);
  }

  #tell({ index }: Entry, type: 'NEW' | 'CHANGE' | 'REMOVE'): void {
    this.#client.event('SAMPLE', type, index);
  }
}

function infoOf({ index, name, shape, volumes, bytes, frames, properties }: Entry): SampleInfo {
  const durationUs = Math.round((frames * 1e6) / shape.spec.rate);
  return { index, name, volume: volumes, durationUs, ...shape, bytes, lazy: false, filename: undefined, properties };
}

function noSample(name: string): WeirError {
  return new WeirError('SAMPLE_NOT_FOUND', `this connection has no sample "${name}"`);
}
