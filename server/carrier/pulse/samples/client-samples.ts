import { randomBytes } from 'node:crypto';
import { Charge } from '../../../mempool/quota.js';
import { WeirError } from '../../../observe/errors.js';
import { plainRequest } from '../../../stream/request.js';
import { costOf } from '../charged-proplist.js';
import { positionOf } from '../describe/volumes.js';
import type { PulseClient } from '../pulse-client.js';
import type { Stream } from '../../../stream/stream.js';
import { streamName } from '../streams/stream-name.js';
import type { DeviceRef } from '../wire/values/device-ref.js';
import { SampleShelf } from './sample-shelf.js';
import { type Described, Upload } from './upload.js';

/**
 * What one client does with samples. Programs of a user who may look at each other share his shelf; whoever may not (a sandbox, another
 * user, another machine) has one of its own, which goes with its connection.
 */
export class ClientSamples {
  readonly shelf: SampleShelf;
  readonly #client: PulseClient;
  readonly #isShared: boolean;

  constructor(client: PulseClient) {
    this.#client = client;
    const { house, peer, pulse } = client;
    const isShared = peer.uid !== undefined && client.seesAll;
    this.shelf = isShared
      ? pulse.sampleShelves.of(peer.uid, () => house.makeQuota(peer))
      : new SampleShelf(client.quota);
    this.#isShared = isShared;
    this.shelf.join(client);
  }

  begin(channel: number, described: Described, lengthBytes: number): Upload | WeirError {
    // Its memory is cleared now and collected later: as much work as sound of that length.
    this.#client.connection.budget.soundBytes.spend(lengthBytes);
    const charge = Charge.take(this.#client.quota, lengthBytes + costOf(described.properties));
    return charge instanceof WeirError ? charge : new Upload(channel, described, lengthBytes, charge);
  }

  /** Plays one once; the number of the stream. */
  play(name: string, sink: DeviceRef, volume: number | undefined): number | WeirError {
    const { house, view, flows } = this.#client;
    const sample = this.shelf.take(name);
    if (sample instanceof WeirError) return sample;
    const output = view.sink(sink);
    if (output instanceof WeirError) return output;
    if (this.shelf.playing.size >= house.limits.streams) {
      return new WeirError('TOO_MANY_STREAMS', `${house.limits.streams} samples play`);
    }
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
    this.shelf.playing.add(stream);
    return stream.number;
  }

  /** One was heard, or was taken from under its listeners. */
  ended(stream: Stream): void {
    this.shelf.playing.delete(stream);
    this.#client.house.streams.close(stream);
  }

  /** What plays from a shelf that is shared plays on: pactl is gone before its sample was heard. */
  close(): void {
    this.shelf.leave(this.#client);
    if (!this.#isShared) this.shelf.close(this.#client.house.streams);
  }
}
