import { createPrivateKey, X509Certificate } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { WeirError } from '../../observe/errors.js';
import type { Pair } from './authority.js';
import { TLS_LIMITS } from './limits.js';

/** Where a certificate and its key lie. */
export interface PairFiles {
  readonly cert: string;
  readonly key: string;
}

const CERT_MODE = 0o644;
const KEY_MODE = 0o600;

const unusable = (what: string): WeirError => new WeirError('CERTIFICATE_UNUSABLE', what);

/** A certificate and the key that belongs to it, fit for TLS. Missing or broken: CERTIFICATE_UNUSABLE; unreadable: FILE_FAILED. */
export async function readPair(files: PairFiles): Promise<Pair | WeirError> {
  const cert = await readText(files.cert);
  if (cert instanceof WeirError) return cert;
  const key = await readText(files.key);
  if (key instanceof WeirError) return key;
  try {
    const parsed = new X509Certificate(cert);
    if (!parsed.checkPrivateKey(createPrivateKey(key))) return unusable(`${files.key} is not the key of ${files.cert}`);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    return unusable(`${files.cert} and ${files.key} are no certificate and key: ${messageOf(error)}`);
  }
}

/** Of a regular file: any other could keep us waiting for ever. */
export async function readText(path: string): Promise<string | WeirError> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > TLS_LIMITS.fileBytes) return unusable(`${path} is no file of PEM`);
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing ? unusable(`${path} is missing`) : new WeirError('FILE_FAILED', messageOf(error));
  }
}

/** The key first: a certificate without its key would look whole. Each file is there entirely or not at all. */
export async function writePair(files: PairFiles, { cert, key }: Pair): Promise<void> {
  await replaceFile(files.key, key, KEY_MODE);
  await replaceFile(files.cert, cert, CERT_MODE);
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const fresh = `${path}.new`;
  // What a crash left behind may have another mode; "wx" follows no link.
  await rm(fresh, { force: true });
  const file = await open(fresh, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
