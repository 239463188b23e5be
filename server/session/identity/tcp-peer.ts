import { createReadStream, existsSync } from 'node:fs';
import { WeirError } from '../../observe/errors.js';
import { refuseLocalPeer } from '../../policy/local-peer.js';
import { IDENTITY_LIMITS, type IdentityLimits } from './limits.js';
import { findHolders, type Holder } from './socket-holders.js';
import { type Endpoint, findSockets, socketKey, type SocketRow } from './socket-table.js';

/** The process at the other end of a loopback TCP connection. */
export interface LocalProcess {
  readonly pid: number;
  readonly uid: number;
  readonly program?: string;
}

/** An accepted connection: net.Socket's addresses. */
export interface Connection {
  readonly ours: Endpoint;
  readonly theirs: Endpoint;
}

type Answer = LocalProcess | WeirError;

interface Question {
  /** How the peer's own socket is named in the kernel's tables. */
  readonly key: string;
  readonly answer: (found: Answer) => void;
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const unknown = (what: string): WeirError => new WeirError('PEER_UNKNOWN', what);

/**
 * Finds who connected over loopback: the peer's socket in the kernel's tables gives its user and inode, the inode
 * leads to the processes that have it open. Another user, a sandboxed holder, or none found: PEER_UNKNOWN.
 * Questions that come while one search runs share the next, so that many connections at once cost two.
 */
export class TcpPeers {
  #waiting: Question[] = [];
  #searching = false;

  constructor(readonly limits: IdentityLimits = IDENTITY_LIMITS) {}

  /** Never rejects. */
  identify({ ours, theirs }: Connection): Promise<Answer> {
    const key = socketKey(theirs, ours);
    if (!key) return Promise.resolve(unknown(`${theirs.address} is not this machine's loopback`));
    return new Promise((answer) => {
      this.#waiting.push({ key, answer });
      void this.#search();
    });
  }

  async #search(): Promise<void> {
    if (this.#searching) return;
    this.#searching = true;
    while (this.#waiting.length > 0) {
      const questions = this.#waiting;
      this.#waiting = [];
      const answers = await identifyAll(questions, this.limits).catch((error: unknown) => unknown(String(error)));
      for (const { key, answer } of questions) answer(answers instanceof WeirError ? answers : answers(key));
    }
    this.#searching = false;
  }
}

async function identifyAll(questions: readonly Question[], limits: IdentityLimits): Promise<(key: string) => Answer> {
  const wanted = new Set(questions.map((question) => question.key));
  const rows = await findRows(wanted, limits.socketTableBytes);
  const serverUid = process.geteuid?.() ?? -1;
  const own = rows.filter((row) => row.uid === serverUid).map((row) => row.inode);
  const holders = own.length > 0 ? await findHolders(new Set(own), serverUid, limits) : [];
  return (key) => {
    const [row, ...more] = rows.filter((candidate) => candidate.key === key);
    if (!row || more.length > 0) return unknown('the connection has no owner that the kernel names');
    return judge(row, holders, serverUid);
  };
}

/** A table that changes while it is read may lack a row: a socket that is missing is looked for once more. */
async function findRows(wanted: ReadonlySet<string>, limitBytes: number): Promise<SocketRow[]> {
  const look = async (): Promise<SocketRow[]> =>
    (await Promise.all(TABLES.map((path) => readTable(path, limitBytes)))).flatMap((table) =>
      findSockets(table, wanted),
    );
  const rows = await look();
  return rows.length < wanted.size ? look() : rows;
}

/** All of a socket's holders must pass: a sandbox may have lent its socket to a process outside. */
function judge({ uid, inode }: SocketRow, holders: readonly Holder[] | undefined, serverUid: number): Answer {
  const foreign = refuseLocalPeer({ uid }, serverUid);
  if (foreign) return foreign;
  if (!holders) return unknown('too many processes or descriptors to find the one that connected');
  const its = holders.filter((holder) => holder.inode === inode);
  const [first] = its;
  if (!first) return unknown('no process that may be looked at has the connection open');
  const sandbox = its.find((holder) => holder.sandbox !== undefined)?.sandbox;
  return refuseLocalPeer({ uid, sandbox }, serverUid) ?? { pid: first.pid, uid, program: first.program };
}

/** The whole table; empty where the kernel has none (no IPv6). Too long a table is an error. */
async function readTable(path: string, limitBytes: number): Promise<string> {
  if (!existsSync(path)) return '';
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const stream: AsyncIterable<Buffer> = createReadStream(path);
  for await (const chunk of stream) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new Error(`${path} is too long`);
  }
  return Buffer.concat(chunks).toString('latin1');
}
