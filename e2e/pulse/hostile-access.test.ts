import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { CONNECTIONS_PER_USER } from '../../server/carrier/pulse/limits.js';
import { eventually } from '../eventually.js';
import { Siege } from '../hostile/siege.js';
import { startServer } from '../server.js';
import type { PulseAttackName } from './hostile/attacker.js';
import type { PacatReport } from './hostile/pacat-bystander.js';
import { expectUndisturbed, PULSE_CAST, pulseSocketOf } from './hostile/pulse-cast.js';
import { pactl } from './program.js';

const LIMIT_MS = 60_000;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** What a program that may play and nothing else sees of a house where others play and record; beside its own stream, nothing. */
const NOTHING = {
  lists: { sinks: ['yard'], sources: 0, clients: 1, sinkInputs: [true], sourceOutputs: 0 },
  hidden: {
    sink: 'NOENTITY',
    source: 'NOENTITY',
    lookup: 'NOENTITY',
    clients: ['NOENTITY'],
    sinkInputs: ['NOENTITY'],
    sourceOutputs: ['NOENTITY'],
  },
  record: ['ACCESS'],
  others: {
    volume: ['NOENTITY'],
    mute: ['NOENTITY'],
    kill: ['NOENTITY'],
    killClient: ['ACCESS'],
    move: ['ACCESS'],
    moveRecord: ['ACCESS'],
    recordVolume: ['ACCESS'],
    recordMute: ['ACCESS'],
    killRecord: ['ACCESS'],
  },
  house: {
    sinkVolume: 'ACCESS',
    sinkMute: 'ACCESS',
    sourceVolume: 'ACCESS',
    sourceMute: 'ACCESS',
    suspend: 'ACCESS',
    suspendSource: 'ACCESS',
    default: 'ACCESS',
    defaultSource: 'ACCESS',
    profile: 'ACCESS',
    port: 'ACCESS',
    unload: 'ACCESS',
    load: 'ACCESS',
    exit: 'ACCESS',
    sample: 'NOENTITY',
  },
  own: { volume: 'done', mute: 'done', delete: 'done' },
  elsewhere: 'NOENTITY',
  news: 0,
  alive: true,
};

let siege: Siege<PulseAttackName, PacatReport>;

/** Its socket is open to everybody: what keeps them from others is not the file system. */
beforeAll(async () => {
  siege = await Siege.begin(PULSE_CAST, '[socket]\nmode = "0666"\n');
  chmodSync(siege.server.folder, 0o711);
}, LIMIT_MS);

afterAll(async () => {
  await using whole = siege;
  expectUndisturbed(await whole.end());
}, LIMIT_MS);

/** What starts a program whose root directory is an overlay over the real one, with a Flatpak's mark in it. */
function asFlatpak(): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'weir-flatpak-'));
  onTestFinished(() => rmdirSync(directory));
  const script = [
    'mount -t tmpfs t "$1"',
    'mkdir "$1/u" "$1/w" "$1/o"',
    'mount -t overlay o -o "lowerdir=/,upperdir=$1/u,workdir=$1/w" "$1/o"',
    'touch "$1/o/.flatpak-info"',
    'for at in /tmp "$PWD"; do mount --rbind "$at" "$1/o$at"; done',
    'exec chroot "$1/o" "$@"',
  ];
  // The first argument is the directory; what follows is the program.
  const all = script.join(' && ').replace('"$@"', '/bin/sh -c \'shift; exec "$@"\' sh "$@"');
  return ['unshare', '--mount', 'sh', '-c', all, 'sh', directory];
}

test('a program in a sandbox sees and changes nothing but its own, in every spelling', async (context) => {
  const by = ['unshare', '--user', '--map-root-user'];
  if (spawnSync('unshare', [...by.slice(1), 'true']).status !== 0) context.skip('no user namespaces here');
  expect(await siege.attack('peek', { by })).toEqual(NOTHING);
});

test.runIf(isRoot)('nor does a Flatpak', async () => {
  expect(await siege.attack('peek', { by: asFlatpak() })).toEqual(NOTHING);
});

test.runIf(isRoot)('nor does another user, where the socket is open to others', async () => {
  expect(await siege.attack('peek', { uid: NOBODY })).toEqual(NOTHING);
});

test.runIf(isRoot)(
  'another user holds so many connections at most, and keeps nobody else out',
  async () => {
    const crowd = siege.attack('a crowd of one user', { uid: NOBODY });
    const newcomer = eventually('the other user holds what he may', async () => {
      const { clients } = await siege.keeper.snapshot();
      return clients.length >= CONNECTIONS_PER_USER ? pactl(siege.server, 'info') : undefined;
    });
    expect(await crowd).toEqual({ kept: CONNECTIONS_PER_USER });
    expect(await newcomer).toContain('Server Name');
  },
  LIMIT_MS,
);

test.runIf(isRoot)(
  'another user’s programs flood, all of them at once',
  async () => {
    expect(await siege.attack('floods of one user', { uid: NOBODY })).toEqual({ alive: true });
  },
  LIMIT_MS,
);

test.runIf(isRoot)('another user does not get in where it is not', async () => {
  await using server = await startServer({ devices: ['null'] });
  chmodSync(server.folder, 0o711);
  const knock = [PULSE_CAST.attacker, pulseSocketOf(server), 'knock'];
  const { stdout } = spawnSync(process.execPath, knock, { uid: NOBODY, gid: NOBODY, encoding: 'utf8' });
  expect(stdout).toContain('EACCES');
});
