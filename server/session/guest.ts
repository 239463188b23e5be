import type { Quota } from '../mempool/quota.js';
import type { WeirError } from '../observe/errors.js';
import type { Peer } from './port.js';
import type { SessionStreams } from './session-streams.js';

/** One connection as the house knows it, whatever protocol it speaks. */
export interface Guest {
  /** Its number, as the mixer shows it. */
  readonly client: number;
  readonly peer: Peer;
  readonly name: string;
  /** It has said who it is: the mixer shows it. */
  readonly greeted: boolean;
  readonly ended: boolean;
  /** Of all the memory that serves it. */
  readonly quota: Quota;
  /** Those that another connection of the same peer may go on with. */
  readonly streams?: SessionStreams;
  /** Tells the peer why and closes; everything it had goes with it. */
  end(why: WeirError): void;
}
