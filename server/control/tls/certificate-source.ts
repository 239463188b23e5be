import type { WeirError } from '../../observe/errors.js';
import type { Pair } from './authority.js';

/** Where the server's certificate comes from: the owner's files, or our own CA. */
export interface CertificateSource {
  /** Our CA's certificate (PEM), for browsers to install; with the owner's files there is none. */
  readonly authority?: string;
  /** The pair to use where it is another than the last one told; undefined: nothing changed. Never rejects. */
  look(): Promise<Pair | WeirError | undefined>;
}
