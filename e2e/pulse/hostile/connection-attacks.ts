import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CONNECTIONS_PER_PROCESS, CONNECTIONS_PER_USER, STRANGERS_MAX } from '../../../server/carrier/pulse/limits.js';
import type { Attack } from '../../hostile/attack.js';
import { frame } from '../frames.js';
import { playing, recording } from '../opening.js';
import { nameOf, RawPulse } from '../raw-pulse.js';

const ATTACKER = fileURLToPath(new URL('./attacker.js', import.meta.url));
/** PulseAudio has 64 places for all. */
const SILENT = 70;
const CROWD = 120;
const STREAM_ROUNDS = 300;
const ROUNDS_AT_ONCE = 100;
const KILLED = 8;
/** More than one user may hold. */
const CROWD_PROCESSES = Math.ceil(CONNECTIONS_PER_USER / CONNECTIONS_PER_PROCESS) + 1;
/** Long enough for others to come meanwhile. */
const CROWD_STAYS_MS = 2000;
const FLOODERS = 6;
/** By hand: WEIR_VISITS=10000. */
const VISITS = Number(process.env.WEIR_VISITS ?? 1500);

/** Takes places and says nothing. Another process has its own, and these are free again in seconds. */
function silent(socket: string): unknown {
  const began = performance.now();
  const clients = Array.from({ length: SILENT }, () => new RawPulse(socket));
  const atOnce = clients.filter((client) => client.listen(20)).length;
  const all = clients.every((client) => client.awaitEnd());
  return { refused: atOnce === SILENT - STRANGERS_MAX, all, soon: performance.now() - began < 8000 };
}

/** Everything is half done when the connection ends. */
function midway(socket: string): unknown {
  for (let i = 0; i < 40; i++) {
    const client = RawPulse.greeted(socket);
    const { channel } = client.must('CREATE_PLAYBACK_STREAM', playing());
    const spec = playing().spec;
    client.must('CREATE_RECORD_STREAM', recording());
    const upload = client.must('CREATE_UPLOAD_STREAM', {
      name: 'x',
      spec,
      map: [1, 2],
      lengthBytes: 65_536,
      properties: new Map(),
    });
    client.send(frame(new Uint8Array(4096), { channel: upload.channel }));
    client.send(frame(new Uint8Array(9600), { channel }));
    client.tell('DRAIN_PLAYBACK_STREAM', { channel });
    client.send(frame(new Uint8Array(4096), { channel }).subarray(0, 20 + 100 * (i % 40)));
    client.close();
  }
  return 'gone';
}

/** One connection, many streams that hardly lived; nothing is waited for, so that one comes while many before it fade out. */
function shortStreams(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const channel = 0; // the first that is free, each time
  const answers: string[] = [];
  for (let i = 0; i < STREAM_ROUNDS; i += ROUNDS_AT_ONCE) {
    const tags = Array.from({ length: ROUNDS_AT_ONCE }, (_, round) => {
      const opened = client.tell('CREATE_PLAYBACK_STREAM', playing({ prebufBytes: 0 }));
      client.send(frame(new Uint8Array(4 * round + 4), { channel }));
      return [opened, client.tell('DELETE_PLAYBACK_STREAM', { channel })];
    });
    answers.push(...tags.flat().map((tag) => client.wordOf(tag)));
  }
  return { refused: answers.filter((word) => word !== 'done'), alive: client.alive };
}

/** Says who it is and goes, again and again: whoever stays behind shows at the siege's end. */
function visits(socket: string): unknown {
  let known = 0;
  for (let i = 0; i < VISITS; i++) {
    const client = new RawPulse(socket);
    if (typeof client.authenticate() !== 'string') known++;
    client.close();
  }
  return { all: known === VISITS };
}

/** More connections of one process than it may hold, all of them well behaved. */
function crowd(socket: string): unknown {
  let kept = 0;
  const clients: RawPulse[] = [];
  for (let i = 0; i < CROWD; i++) {
    const client = new RawPulse(socket);
    const answer = client.authenticate();
    if (typeof answer !== 'string' && client.word('SET_CLIENT_NAME', { properties: new Map() }) === 'done') kept++;
    clients.push(client);
  }
  return { kept, alive: clients[0]?.alive };
}

/** As many as one process may have, each with a stream that plays; says how many, and stays until it is killed. */
async function playingCrowd(socket: string): Promise<unknown> {
  let playingNow = 0;
  const clients: RawPulse[] = [];
  for (let i = 0; i < CONNECTIONS_PER_PROCESS; i++) {
    const client = RawPulse.greeted(socket);
    const { channel, missingBytes } = client.must('CREATE_PLAYBACK_STREAM', playing({ targetLengthBytes: 192_000 }));
    client.send(frame(new Uint8Array(missingBytes), { channel }));
    clients.push(client);
  }
  for (const client of clients) if (client.alive) playingNow++;
  process.stdout.write(`${playingNow}\n`);
  await once(process.stdin.resume(), 'end');
  return clients.length;
}

/** As many as one process may have, as far as they are let in; says how many, and stays until its stdin ends. */
async function stayingCrowd(socket: string): Promise<unknown> {
  const clients: RawPulse[] = [];
  for (let i = 0; i < CONNECTIONS_PER_PROCESS; i++) {
    const client = new RawPulse(socket);
    if (typeof client.authenticate() === 'string') break;
    if (client.word('SET_CLIENT_NAME', nameOf('crowd')) !== 'done') break;
    clients.push(client);
  }
  process.stdout.write(`${clients.length}\n`);
  await once(process.stdin.resume(), 'end');
  return clients.length;
}

/** More connections of one user than he may hold, by processes each of which has no more than it may. */
async function userCrowd(socket: string): Promise<unknown> {
  const children = Array.from({ length: CROWD_PROCESSES }, () =>
    spawn(process.execPath, [ATTACKER, socket, 'a crowd that stays'], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const kept = await Promise.all(
    children.map(async ({ stdout }) => {
      const [first] = (await once(stdout, 'data')) as [Buffer]; // of a stream without an encoding
      return Number(first.toString());
    }),
  );
  await new Promise((settle) => setTimeout(settle, CROWD_STAYS_MS));
  const ends = children.map((child) => once(child, 'exit'));
  for (const child of children) child.stdin.end();
  await Promise.all(ends);
  return { kept: kept.reduce((sum, one) => sum + one, 0) };
}

/** A user whose programs all flood at once. */
async function userFloods(socket: string): Promise<unknown> {
  const ends = Array.from({ length: FLOODERS }, async () => {
    const flooder = spawn(process.execPath, [ATTACKER, socket, 'a flood of questions'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(flooder.stdout, 'data')) as [Buffer]; // of a stream without an encoding
    return said.toString() === 'true';
  });
  return { alive: (await Promise.all(ends)).filter(Boolean).length === FLOODERS };
}

/** In the midst of everything: does as much at once as it can, until somebody kills it. */
async function busy(socket: string): Promise<unknown> {
  const client = RawPulse.greeted(socket);
  const { channel } = client.must('CREATE_PLAYBACK_STREAM', playing());
  client.must('CREATE_RECORD_STREAM', recording({ fragmentBytes: 64 }));
  client.must('SUBSCRIBE', { mask: 0x2ff });
  process.stdout.write('busy\n');
  for (;;) {
    client.send(frame(new Uint8Array(9600), { channel }));
    client.tell('DRAIN_PLAYBACK_STREAM', { channel });
    client.listen(5);
    await new Promise((settle) => setTimeout(settle, 5));
  }
}

async function killOne(socket: string, afterMs: number): Promise<string> {
  const child = spawn(process.execPath, [ATTACKER, socket, 'busy'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await new Promise((settle) => setTimeout(settle, afterMs));
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  const [, signal] = (await ended) as [number | null, NodeJS.Signals | null]; // 'exit' of a ChildProcess
  return signal ?? '';
}

async function killed(socket: string): Promise<unknown> {
  const signals = await Promise.all(Array.from({ length: KILLED }, (_, i) => killOne(socket, 20 * i)));
  return signals.filter((signal) => signal === 'SIGKILL').length;
}

export const connectionAttacks = {
  'silent connections': silent,
  'visits without end': visits,
  'hung up midway': midway,
  'streams that hardly lived': shortStreams,
  'a crowd of connections': crowd,
  'a crowd that plays': playingCrowd,
  'a crowd that stays': stayingCrowd,
  'a crowd of one user': userCrowd,
  'floods of one user': userFloods,
  busy,
  'killed in the midst of it': killed,
} satisfies Record<string, Attack>;
