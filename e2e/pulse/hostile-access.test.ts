import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type AttackerProcess, Siege } from '../hostile/siege.js';
import { expectUndisturbed, PULSE_CAST } from './hostile/pulse-cast.js';

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
  },
  house: {
    sinkVolume: 'ACCESS',
    sinkMute: 'ACCESS',
    sourceVolume: 'ACCESS',
    suspend: 'ACCESS',
    default: 'ACCESS',
    profile: 'ACCESS',
    load: 'ACCESS',
    exit: 'ACCESS',
    sample: 'NOENTITY',
  },
  own: { volume: 'done', mute: 'done', delete: 'done' },
  elsewhere: 'NOENTITY',
  news: 0,
  alive: true,
};

async function peekOf(by: AttackerProcess, config = ''): Promise<unknown> {
  await using siege = await Siege.begin(PULSE_CAST, config);
  chmodSync(siege.server.folder, 0o711);
  const report = await siege.attack('peek', by);
  expectUndisturbed(await siege.end());
  return report;
}

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

test(
  'a program in a sandbox sees and changes nothing but its own, in every spelling',
  async (context) => {
    const by = ['unshare', '--user', '--map-root-user'];
    if (spawnSync('unshare', [...by.slice(1), 'true']).status !== 0) context.skip('no user namespaces here');
    expect(await peekOf({ by })).toEqual(NOTHING);
  },
  LIMIT_MS,
);

test.runIf(isRoot)(
  'nor does a Flatpak',
  async () => {
    expect(await peekOf({ by: asFlatpak() })).toEqual(NOTHING);
  },
  LIMIT_MS,
);

test.runIf(isRoot)(
  'nor does another user, where the socket is open to others',
  async () => {
    expect(await peekOf({ uid: NOBODY }, '[socket]\nmode = "0666"\n')).toEqual(NOTHING);
  },
  LIMIT_MS,
);

test.runIf(isRoot)('another user does not get in where it is not', async () => {
  await using siege = await Siege.begin(PULSE_CAST);
  chmodSync(siege.server.folder, 0o711);
  expect(await siege.attack('knock', { uid: NOBODY })).toContain('EACCES');
  expectUndisturbed(await siege.end());
});
