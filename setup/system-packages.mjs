import { existsSync, readdirSync } from 'node:fs';
import { hasCommand, run } from './run.mjs';
import { SetupError, step } from './say.mjs';

/**
 * Something of the system that is needed: how to see that it is there, and the Debian packages that bring it (the first
 * of several names that this release knows).
 * @typedef {{ what: string, present: () => boolean, packages: string[][] }} Requirement
 */

const LIBRARY_FOLDERS = ['/usr/lib', '/usr/local/lib', '/lib'];

/**
 * Whether a file is in a library folder or in one of its multiarch folders (x86_64-linux-gnu, aarch64-linux-gnu).
 * @param {string} file
 */
function hasLibrary(file) {
  return LIBRARY_FOLDERS.filter(existsSync).some((folder) => {
    const multiarch = readdirSync(folder).filter((name) => name.endsWith('-linux-gnu'));
    return ['', ...multiarch].some((name) => existsSync(`${folder}/${name}/${file}`));
  });
}

/** @param {string} file */
const hasHeader = (file) => existsSync(`/usr/include/${file}`);

/** @type {Requirement[]} */
export const FOR_RUNNING = [
  { what: 'a C compiler', present: () => hasCommand('cc'), packages: [['gcc']] },
  {
    what: 'the C library’s headers',
    present: () => hasHeader('stdlib.h') && hasHeader('linux/magic.h'),
    packages: [['libc6-dev']],
  },
  {
    what: 'the ALSA library',
    present: () => hasLibrary('libasound.so.2'),
    packages: [['libasound2t64', 'libasound2']],
  },
];

/** @param {string} command @param {string} [name] of its package */
const command = (command, name = command) => ({
  what: command,
  present: () => hasCommand(command),
  packages: [[name]],
});

/** @type {Requirement[]} */
export const FOR_TESTING = [
  ...FOR_RUNNING,
  {
    what: 'a Chromium browser',
    present: () => hasCommand('chromium') || hasCommand('chromium-browser') || hasCommand('google-chrome'),
    packages: [['chromium']],
  },
  { what: 'ALSA’s headers', present: () => hasHeader('alsa/asoundlib.h'), packages: [['libasound2-dev']] },
  {
    what: 'ALSA’s PulseAudio plugin',
    present: () => hasLibrary('alsa-lib/libasound_module_pcm_pulse.so'),
    packages: [['libasound2-plugins']],
  },
  { what: 'the SoX resampler', present: () => hasLibrary('libsoxr.so.0'), packages: [['libsoxr0']] },
  { what: 'FUSE’s headers', present: () => hasHeader('fuse3/fuse.h'), packages: [['libfuse3-dev']] },
  command('fusermount3', 'fuse3'),
  command('aplay', 'alsa-utils'),
  command('openssl'),
  command('certutil', 'libnss3-tools'),
  command('ip', 'iproute2'),
  command('pulseaudio'),
  command('pactl', 'pulseaudio-utils'),
  command('espeak-ng'),
  command('sox'),
  command('flac'),
  command('oggenc', 'vorbis-tools'),
  command('lame'),
  { what: 'PulseAudio’s headers', present: () => hasHeader('pulse/pulseaudio.h'), packages: [['libpulse-dev']] },
  // Programs that play and record through libpulse (e2e/pulse/).
  command('ffmpeg'),
  command('mpv'),
  command('pavucontrol'),
  command('Xvfb', 'xvfb'),
  {
    what: 'SDL 2’s test programs',
    present: () => existsSync('/usr/libexec/installed-tests/SDL2/testmultiaudio'),
    packages: [['libsdl2-tests']],
  },
];

/**
 * Of several names for one package, the one that this release can install.
 * @param {string[]} names
 */
async function known(names) {
  for (const name of names) {
    const policy = names.length > 1 && hasCommand('apt-cache') ? await run('apt-cache', ['policy', name]) : '';
    if (/Candidate: (?!\(none\))/.test(policy)) return name;
  }
  return names[names.length - 1] ?? '';
}

/** @param {Requirement[]} missing */
async function packagesFor(missing) {
  const names = await Promise.all(missing.flatMap(({ packages }) => packages).map(known));
  return [...new Set(names)];
}

/**
 * Installs what is missing when we are root on Debian or Ubuntu; otherwise says what to do.
 * @param {Requirement[]} requirements
 * @throws {SetupError} with the one line to run
 */
export async function ensureSystemPackages(requirements) {
  const missing = requirements.filter(({ present }) => !present());
  if (missing.length === 0) return;
  const missed = `missing: ${missing.map(({ what }) => what).join(', ')}.`;
  if (!hasCommand('apt-get')) {
    const names = missing.flatMap(({ packages }) => packages.map((names) => names.at(-1))).join(' ');
    throw new SetupError(`${missed}\nInstall it by your system's own means; on Debian the packages are: ${names}`);
  }
  if (process.getuid?.() !== 0) {
    const names = await packagesFor(missing);
    throw new SetupError(`${missed} Run this once:\n\n  sudo apt-get install -y ${names.join(' ')}\n`);
  }
  await install(missing);
  const still = requirements.filter(({ present }) => !present());
  if (still.length > 0)
    throw new SetupError(`still missing after the installation: ${still.map(({ what }) => what).join(', ')}`);
}

/** @param {Requirement[]} missing */
async function install(missing) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await step('updating the list of system packages', () => run('apt-get', ['update', '-q'], { env }));
  const names = await packagesFor(missing);
  await step(`installing ${names.join(' ')}`, () =>
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], { env }),
  );
}
