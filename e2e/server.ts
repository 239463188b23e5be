import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../server/cli/weir', import.meta.url));
/** Generous: the machine that runs the tests may be busy. */
const READY_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

export interface ServerOptions {
  /** Device specs; one `null` output when left out. `%` in one is the server's folder. */
  readonly devices?: readonly string[];
  /** The text of a weir.toml. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another user to run as; only root can. */
  readonly uid?: number;
  /** HOST:PORT; a free port when left out. */
  readonly listen?: string;
  /** Another checkout's command. */
  readonly launcher?: string;
}

/** A real server of a test's own, in folders of its own. `await using` stops it and removes them. */
export interface Server extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Of the mixer's page. */
  readonly url: string;
  /** The native socket. */
  readonly socket: string;
  readonly folder: string;
  /** All that it wrote to its log so far. */
  log(): string;
  /** SIGTERM, then waits for its end; the exit code, or the signal that it needed. */
  stop(): Promise<number | NodeJS.Signals>;
}

/** Runs `weir serve` as a person would and waits until it is ready. */
export async function startServer({
  devices = ['null'],
  config = '',
  env = {},
  uid,
  listen = '127.0.0.1:0',
  launcher = LAUNCHER,
}: ServerOptions = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
  const configFile = join(folder, 'weir.toml');
  writeFileSync(configFile, config);
  if (uid !== undefined) chownSync(folder, uid, uid);
  const places = ['--config', configFile, '--runtime-dir', folder, '--state-dir', join(folder, 'state')];
  const args = [
    'serve',
    '--listen',
    listen,
    ...places,
    ...devices.flatMap((spec) => ['--device', spec.replace('%', folder)]),
  ];
  const child = spawn(launcher, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    uid,
    gid: uid,
  });
  let logged = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (logged += text));
  const ended = new Promise<number | NodeJS.Signals>((settle) => {
    child.on('exit', (code, signal) => settle(code ?? signal ?? 0));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const lastResort = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    const status = await ended;
    clearTimeout(lastResort);
    return status;
  };
  const url = await readyUrl(child, ended);
  if (url === undefined || child.pid === undefined) {
    await stop();
    rmSync(folder, { recursive: true });
    throw new Error(`the server did not become ready:\n${logged}`);
  }
  return {
    process: child,
    pid: child.pid,
    url,
    socket: join(folder, 'weir.sock'),
    folder,
    log: () => logged,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function readyUrl(child: ChildProcess, ended: Promise<unknown>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((settle) => (timer = setTimeout(() => settle(undefined), READY_LIMIT_MS)));
  const ready = new Promise<string>((settle) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /^weir ready (\S+)$/m.exec(said)?.[1];
      if (url !== undefined) settle(url);
    });
  });
  const url = await Promise.race([ready, late, ended.then(() => undefined)]);
  clearTimeout(timer);
  return url;
}
