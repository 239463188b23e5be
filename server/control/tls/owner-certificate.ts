import { stat } from 'node:fs/promises';
import type { WeirError } from '../../observe/errors.js';
import type { Pair } from './authority.js';
import type { CertificateSource } from './certificate-source.js';
import { type PairFiles, readPair } from './pair-files.js';

/** The owner's certificate, read again whenever one of its files is another: a tool renews it, and nobody restarts us. */
export class OwnerCertificate implements CertificateSource {
  #seen = '';

  constructor(readonly files: PairFiles) {}

  async look(): Promise<Pair | WeirError | undefined> {
    const marks = await Promise.all([markOf(this.files.cert), markOf(this.files.key)]);
    const seen = marks.join(' ');
    if (seen === this.#seen) return undefined;
    this.#seen = seen;
    return readPair(this.files);
  }
}

/** Differs when the file, or what it holds, was replaced. */
async function markOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    return `${ino}:${mtimeNs}:${size}`;
  } catch {
    // Reading it says why.
    return 'gone';
  }
}
