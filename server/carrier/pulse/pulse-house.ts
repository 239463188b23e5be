import { randomBytes } from 'node:crypto';
import { HelperThreads } from '../../../native-shim/helper-threads.js';
import { SocketSet } from '../../../native-shim/socket-set.js';
import type { House } from '../../session/house.js';
import type { Reception } from '../../session/reception.js';
import type { Stream } from '../../stream/stream.js';
import { type Flow, Flows } from './streams/flows.js';
import { PoolHouse } from './memory/pools.js';
import { SampleShelves } from './samples/sample-shelves.js';
import { Sleepers } from './sleepers.js';
import { Subscriptions } from './subscriptions.js';
import { Turn } from './turn.js';

/** What all clients of this carrier share. */
export class PulseHouse {
  /** Tells one run of the server from another. */
  readonly cookie = randomBytes(4).readUInt32BE();
  readonly sleepers = new Sleepers();
  readonly sockets = new SocketSet();
  /** Who is sent to may go before this thread at once: real-time programs do. */
  readonly turn = new Turn(() => this.#helpers.stepAside());
  readonly memory = new PoolHouse();
  readonly sampleShelves = new SampleShelves();
  readonly subscriptions: Subscriptions;

  readonly #helpers = new HelperThreads();
  readonly #house: () => House;

  constructor(reception: Reception) {
    this.#house = reception.house;
    this.subscriptions = new Subscriptions(reception.house);
  }

  /** What this carrier knows of a stream: undefined for another carrier's. */
  flowOf(stream: Stream): Flow | undefined {
    const { owner } = stream;
    return owner instanceof Flows ? owner.of(stream) : undefined;
  }

  close(): void {
    this.sleepers.close();
    this.sockets.close();
    this.turn.close();
    this.memory.close();
    this.subscriptions.close();
    this.sampleShelves.close(this.#house().streams);
  }
}
