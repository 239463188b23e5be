import { randomBytes } from 'node:crypto';
import type { Reception } from '../../session/reception.js';
import { Sleepers } from './sleepers.js';
import { Subscriptions } from './subscriptions.js';
import { Turn } from './turn.js';

/** What all clients of this carrier share. */
export class PulseHouse {
  /** Tells one run of the server from another. */
  readonly cookie = randomBytes(4).readUInt32BE();
  readonly sleepers = new Sleepers();
  readonly turn = new Turn();
  readonly subscriptions: Subscriptions;

  constructor(reception: Reception) {
    this.subscriptions = new Subscriptions(reception.house);
  }

  close(): void {
    this.sleepers.close();
    this.turn.close();
  }
}
