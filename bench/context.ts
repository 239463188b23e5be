import type { Peer } from './peers.js';
import type { Programs } from './programs.js';

/** What a case has to work with. */
export interface BenchContext {
  readonly programs: Programs;
  readonly peers: readonly Peer[];
  /** How long one measurement takes. */
  readonly seconds: number;
  /** Progress, for people. */
  readonly say: (what: string) => void;
}
