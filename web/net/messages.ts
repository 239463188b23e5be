import type { weir } from '#proto';
import type { Skew } from '../../server/engine/drift/fastest-line.js';
import type { ClientBody } from '../carrier/carrier.js';
import type { Connection } from '../session/session.js';
import type { ListenOrder, ListenStatus } from '../stream/listen/listen-order.js';
import type { PlayOrder, PlayStatus, Tuning } from '../stream/play-order.js';

/** Every word between the page's thread and its worker. Both ends are built together: a type is all the check they need. */
export type PageMessage =
  /** `clock`: the page's by the server's, from an earlier visit. */
  | { readonly to: 'start'; readonly url: string; readonly name: string; readonly clock: Skew | undefined }
  /** Connect at once, whatever was before. */
  | { readonly to: 'connect' }
  /** There is reason to try again now, if a connection is waited for: the network is back, somebody looks. */
  | { readonly to: 'hope' }
  | { readonly to: 'meters'; readonly hz: number }
  | { readonly to: 'request'; readonly request: number; readonly body: ClientBody }
  | { readonly to: 'play'; readonly key: number; readonly order: PlayOrder }
  | { readonly to: 'listen'; readonly key: number; readonly order: ListenOrder }
  | ({ readonly key: number } & StreamOrder);

/** Said to one stream, by the key under which it began. */
export type StreamOrder =
  | { readonly to: 'pause'; readonly paused: boolean }
  | { readonly to: 'seek'; readonly frame: number }
  | { readonly to: 'retune'; readonly tuning: Tuning }
  | { readonly to: 'mix-minus'; readonly mixMinus: boolean }
  | { readonly to: 'stop' };

export type StreamStatus = PlayStatus | ListenStatus;

export type WorkerMessage =
  | { readonly of: 'connection'; readonly connection: Connection }
  | { readonly of: 'snapshot'; readonly snapshot: weir.v1.Snapshot.$Properties }
  | { readonly of: 'patch'; readonly patch: weir.v1.Patch.$Properties }
  | { readonly of: 'meters'; readonly meters: weir.v1.Meters.$Properties }
  /** Answers a request of the same number. */
  | { readonly of: 'answer'; readonly answer: weir.v1.ServerMessage.$Properties }
  | { readonly of: 'status'; readonly key: number; readonly status: StreamStatus }
  /** Comes once a second for as long as the worker does its work. */
  | { readonly of: 'alive'; readonly roundTripUs: number | undefined; readonly clock: Skew | undefined };

/** What a stream is to the worker: it says how it goes through `tell`, which it was made with. */
export interface HostedStream {
  order(order: StreamOrder): void;
}
