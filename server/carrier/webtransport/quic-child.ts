import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { logOf } from '../../observe/log.js';
import { CHILD_LIMITS, LINK_LIMITS } from './limits.js';
import { Link } from './link/link.js';
import { KIND, type StartOrder } from './link/words.js';

const PROGRAM = fileURLToPath(new URL('./child.js', import.meta.url));
/** Bounded, and small beside the server. It collects its garbage by itself: with a helper, both of a small machine's processors were busy with it, ahead of the page that speaks. */
const NODE_FLAGS = [
  `--max-old-space-size=${CHILD_LIMITS.heapMib}`,
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--single-threaded-gc',
  '--v8-pool-size=1',
  // Not just because little happens: that took the server's processor for 2-4 ms.
  '--no-memory-reducer',
];
const log = logOf('carrier/webtransport');

export interface ChildEvents {
  /** `bytes` are good until the call returns; a false answer says that they make no sense: the child is ended. */
  frame(link: Link, kind: number, session: number, bytes: Uint8Array): boolean;
  /** It died, and its sessions with it; another follows. */
  died(): void;
}

/**
 * Keeps the process that speaks QUIC: starts it with nothing but a pipe, ends it when it falls silent or reads no more, and starts
 * the next one after a wait that grows. Where it says itself that it is unable, it is not started again.
 */
export class QuicChild {
  readonly #order: StartOrder;
  readonly #events: ChildEvents;
  #process: ChildProcess | undefined;
  #link: Link | undefined;
  #restart: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #waitMs: number = CHILD_LIMITS.firstRestartMs;
  #missedBeats = 0;
  #closed = false;

  constructor(order: StartOrder, events: ChildEvents) {
    this.#order = order;
    this.#events = events;
    this.#start();
  }

  /** It says good-bye to its peers and ends by itself; where it does not, it is killed. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    clearInterval(this.#watch);
    this.#link?.end();
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const lastResort = setTimeout(() => child.kill('SIGKILL'), CHILD_LIMITS.endMs);
    await new Promise((ended) => child.once('close', ended));
    clearTimeout(lastResort);
  }

  #start(): void {
    const child = spawn(process.execPath, [...NODE_FLAGS, PROGRAM], {
      cwd: '/',
      env: { MALLOC_ARENA_MAX: '2' },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const startedMs = performance.now();
    this.#process = child;
    logLines(child);
    const pipe = child.stdio[3];
    child.once('error', (error) => log.debug(`no process for WebTransport: ${error.message}`));
    // 'close' comes after a failed start, too.
    child.once('close', (code, signal) => this.#died(signal ?? `code ${code ?? 'unknown'}`, startedMs));
    if (!(pipe instanceof Duplex)) return;
    const link = new Link(pipe, {
      frame: (kind, session, bytes) => this.#hear(link, kind, session, bytes),
      broken: (why) => this.#end(why),
    });
    this.#link = link;
    this.#missedBeats = 0;
    this.#watch = setInterval(() => this.#beat(link), LINK_LIMITS.beatMs);
    link.sendJson(KIND.START, 0, this.#order);
  }

  #hear(link: Link, kind: number, session: number, bytes: Uint8Array): void {
    this.#missedBeats = 0;
    if (kind === KIND.BEAT) return;
    if (kind === KIND.UNABLE) return this.#giveUp(Buffer.from(bytes).toString());
    if (!this.#events.frame(link, kind, session, bytes)) this.#end('it said what makes no sense');
  }

  #beat(link: Link): void {
    this.#missedBeats += 1;
    if (this.#missedBeats > LINK_LIMITS.missedBeats) this.#end('it does not answer');
    else if (link.queuedBytes > LINK_LIMITS.unreadBytes) this.#end('it does not read');
  }

  #end(why: string): void {
    if (this.#closed) return;
    log.debug(`ending the process for WebTransport: ${why}`);
    this.#process?.kill('SIGKILL');
  }

  #giveUp(why: string): void {
    log.warn(`WebTransport is off, pages use WebSocket: ${why.slice(0, CHILD_LIMITS.logCharacters)}`);
    void this.close();
  }

  #died(how: string, startedMs: number): void {
    clearInterval(this.#watch);
    if (this.#closed) return;
    this.#events.died();
    const settled = performance.now() - startedMs > CHILD_LIMITS.settledMs;
    if (settled) this.#waitMs = CHILD_LIMITS.firstRestartMs;
    log.warn(`the process for WebTransport died (${how}); the next one starts in ${this.#waitMs} ms`);
    this.#restart = setTimeout(() => this.#start(), this.#waitMs);
    this.#waitMs = Math.min(this.#waitMs * 2, CHILD_LIMITS.longestRestartMs);
  }
}

/** What the native code says before it dies is the only trace of why. */
function logLines({ stderr }: ChildProcess): void {
  if (!stderr) return;
  let lines = 0;
  createInterface({ input: stderr }).on('line', (line) => {
    if (++lines <= CHILD_LIMITS.logLines)
      log.warn({ child: line.slice(0, CHILD_LIMITS.logCharacters) }, 'WebTransport');
  });
}
