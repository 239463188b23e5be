import type { Outputs } from '../engine/outputs.js';
import type { KeptMemory } from '../mempool/kept-memory.js';
import type { Quota } from '../mempool/quota.js';
import type { LoopDelay } from '../observe/loop-delay.js';
import type { CopiesDesk } from '../stream/copies/copies-desk.js';
import type { Streams } from '../stream/streams.js';
import type { MeterFeed } from './meter-feed.js';
import type { MixerFeed } from './mixer-feed.js';
import type { Pairings } from './pairing/pairings.js';
import type { Identity } from './port.js';
import type { Reception } from './reception.js';
import type { Samples } from './samples.js';

/** What a connection may use at most (configuration). */
export interface ClientLimits {
  readonly clients: number;
  readonly streams: number;
  readonly poolBytes: number;
}

/** What every session works with: the server's rooms, made once in main. */
export interface House {
  readonly outputs: Outputs;
  readonly streams: Streams;
  readonly copies: CopiesDesk;
  readonly samples: Samples;
  readonly mixerFeed: MixerFeed;
  readonly meterFeed: MeterFeed;
  readonly reception: Reception;
  readonly pairings: Pairings;
  readonly limits: ClientLimits;
  readonly keptMemory: KeptMemory;
  /** Of the main thread. */
  readonly loopDelay: LoopDelay;
  /** Where PulseAudio programs reach the server: the value of their PULSE_SERVER. */
  readonly pulseServer: string;
  makeQuota(peer: Identity): Quota;
}
