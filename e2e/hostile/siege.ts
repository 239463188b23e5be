import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connect, type Weir } from '../../native-shim/client/index.js';
import { COUNTER, type Run, runsOfWav } from '../counter.js';
import { eventually } from '../eventually.js';
import { type Server, startServer } from '../server.js';
import { SchedWait } from './sched-wait.js';

const ATTACK_LIMIT_MS = 45_000;

interface Figures {
  descriptors: number;
  threads: number;
  /** Memory mapped from memfds. */
  sharedKib: number;
  ownKib: number;
}

/** Somebody who plays counted frames in peace, in a process of its own. */
export interface Bystander<Report> {
  /** Lets it play out what it has written; how it went. */
  end(): Promise<Report>;
  kill(): void;
}

/** Who takes part. */
export interface Cast<Name extends string, Report> {
  /** The hostile program; argv: the socket, the attack. Says what came of it as JSON. */
  readonly attacker: string;
  /** Harmless: what is made once for whoever comes first is no leak. */
  readonly warmUps: readonly Name[];
  /** Which of the server's sockets is attacked. */
  readonly socket: (server: Server) => string;
  /** Plays into the device `hall`. */
  readonly bystander: (server: Server) => Bystander<Report>;
}

/** In which process an attack runs: this user's, unless something else is said. */
export interface AttackerProcess {
  readonly uid?: number;
  /** What it is started by: a command and its arguments. */
  readonly by?: readonly string[];
}

/** How it ended. */
export interface Outcome<Report> {
  report: Report;
  /** What is in the file that the bystander played into. */
  runs: Run[];
  status: number | NodeJS.Signals;
  /** Engine threads that had to be replaced. */
  restarts: number;
  /** The server's own memory, since before the first attack. */
  grownKib: number;
  /** The most that the kernel kept the server's main thread from a processor in one look (SchedWait). */
  waitedMs: number;
}

/** Nobody but the attacker noticed: the bystander's sound is whole, bit for bit, the server ended by itself, and none of its threads before. */
export function expectPeace(outcome: Outcome<{ frames: number }>): void {
  const { report, runs, waitedMs } = outcome;
  // Where it is broken, it is so in thousands of places: the first tell where.
  const whole = [{ at: expect.any(Number) as number, first: 1, frames: report.frames }];
  expect(runs.slice(0, 3), `the server waited for a processor, ${waitedMs} ms at most`).toEqual(whole);
  expectHealth(outcome);
}

/** The server ended by itself, and none of its threads before. */
export function expectHealth({ status, restarts }: Outcome<unknown>): void {
  expect({ status, restarts }).toEqual({ status: 0, restarts: 0 });
}

/** A server under attack, while somebody plays in peace into the file device `hall`. `yard` is there for noise. */
export class Siege<Name extends string, Report> implements AsyncDisposable {
  #calm: Figures = { descriptors: Infinity, threads: Infinity, sharedKib: Infinity, ownKib: Infinity };
  readonly #wait: SchedWait;

  private constructor(
    readonly server: Server,
    readonly keeper: Weir,
    readonly bystander: Bystander<Report>,
    readonly cast: Cast<Name, Report>,
  ) {
    this.#wait = new SchedWait(server.pid);
  }

  static async begin<Name extends string, Report>(cast: Cast<Name, Report>, config = ''): Promise<Siege<Name, Report>> {
    const server = await startServer({ devices: ['null:yard', 'file:%/hall.wav?name=hall'], config });
    const keeper = await connect({ name: 'keeper', socket: server.socket });
    // Somebody listens in the yard, so that its thread and memory are there from the start.
    await keeper.record({ ...COUNTER, device: 'yard.monitor' });
    const siege = new Siege(server, keeper, cast.bystander(server), cast);
    try {
      await siege.#warmUp();
    } catch (error) {
      await siege[Symbol.asyncDispose]();
      throw error;
    }
    return siege;
  }

  /** Runs an attack to its end and waits until all that it took is back. What came of it. */
  async attack(name: Name, by: AttackerProcess = {}): Promise<unknown> {
    const report = await this.#run(name, by);
    await this.rest();
    return report;
  }

  /** Ends the bystander's playing, and the server. */
  async end(): Promise<Outcome<Report>> {
    const { ownKib } = await this.#figures();
    const { devices } = await this.keeper.snapshot();
    const report = await this.bystander.end();
    this.keeper.close();
    const waitedMs = this.#wait.end();
    const status = await this.server.stop();
    return {
      report,
      runs: runsOfWav(join(this.server.folder, 'hall.wav')),
      status,
      restarts: devices.reduce((sum, device) => sum + device.restarts, 0),
      grownKib: ownKib - this.#calm.ownKib,
      waitedMs,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wait.end();
    this.bystander.kill();
    this.keeper.close();
    await this.server[Symbol.asyncDispose]();
  }

  /** What is made once for whoever comes first is no leak: a first, harmless round makes it. */
  async #warmUp(): Promise<void> {
    await eventually('the bystander plays', async () => {
      const { streams } = await this.keeper.snapshot();
      return streams.some(({ name, state }) => name === 'counter' && state === 'playing') || undefined;
    });
    for (const name of this.cast.warmUps) await this.#run(name);
    this.#calm = await this.#figures();
  }

  #run(name: Name, { uid, by = [] }: AttackerProcess = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { attacker, socket } = this.cast;
      const [command, ...args] = [...by, process.execPath, attacker, socket(this.server), name];
      const options = { timeout: ATTACK_LIMIT_MS, killSignal: 'SIGKILL', uid, gid: uid } as const;
      execFile(command, args, options, (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout));
        else reject(new Error(`${name}: ${error.message}\n${stderr}\n${this.server.log()}`));
      });
    });
  }

  /** Nobody but the bystander and the keeper is left, and what the attacker took has come back. */
  async rest(): Promise<void> {
    let figures = this.#calm;
    const calm = this.#calm;
    await eventually('the attacker’s streams and connections are gone', async () => {
      const { clients, streams } = await this.keeper.snapshot();
      return (clients.length === 2 && streams.length === 2) || undefined;
    });
    await eventually('descriptors, threads and shared memory are back', async () => {
      figures = await this.#figures();
      const { descriptors, threads, sharedKib } = figures;
      return (
        (descriptors <= calm.descriptors &&
          threads <= calm.threads &&
          sharedKib <= calm.sharedKib + SHARED_SLACK_KIB) ||
        undefined
      );
    }).catch((error: unknown) => {
      throw new Error(`${String(error)} ${JSON.stringify({ calm, figures })}`);
    });
  }

  async #figures(): Promise<Figures> {
    const answer = await fetch(new URL('/metrics', this.server.url), { headers: { connection: 'close' } });
    const metrics = await answer.text();
    const status = readFileSync(`/proc/${this.server.pid}/status`, 'latin1');
    const metric = (name: string) => numberAfter(metrics, new RegExp(`^${name} (\\d+)`, 'm'));
    const memory = (name: string) => numberAfter(status, new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'));
    return {
      descriptors: metric('weir_process_descriptors'),
      threads: metric('weir_process_threads'),
      sharedKib: memory('RssShmem'),
      ownKib: memory('RssAnon'),
    };
  }
}

/** The bystander's own ring may have been touched further meanwhile: 4 s of it, and the keeper's second. */
const SHARED_SLACK_KIB = 1024;

function numberAfter(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`nothing like ${pattern.source} in:\n${text}`);
  return Number(found);
}
