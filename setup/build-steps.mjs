import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPILED_FOLDERS, outputsOf, removeOrphans } from './compiled-files.mjs';
import { ROOT, run, runPackage } from './run.mjs';
import { step } from './say.mjs';
import { filesUnder, unlessDone } from './stamp.mjs';

const PROTO_ROOT_FILE = 'proto/envelope.proto';
const PROTO_JS = 'dist/proto/weir.js';
const PROTO_TYPES = 'dist/proto/weir.d.ts';
const SHIM_LIBRARY = 'dist/native-shim/libweir.so';
const CLIENT_SOURCES = 'native-shim/client/c';
const CLIENT_LIBRARY = 'dist/native-shim/libweir-client.so';
const SEALER = 'dist/native-shim/weir-sealer';
const SEALER_SOURCE = 'native-shim/sealer/sealer.c';
const TSC_RECORD = 'dist/.tsbuildinfo';
const PAGE = 'dist/web/index.html';
/** The page's own, and what it shares with the server (setup/rooms.mjs). */
const PAGE_SOURCES = ['web', 'proto', 'server/stream/jitter', 'server/engine/drift'];

const SELF = 'setup/build-steps.mjs';

// No -ffast-math: it deletes NaN checks, and loading such a library changes denormals for all of Node.
const CC_FLAGS = [
  ...['-std=gnu11', '-O3', '-fno-math-errno', '-fno-trapping-math', '-fopenmp-simd'],
  // Never unloaded: a thread that closes a stranger's descriptor may still run in it when Node ends.
  '-Wl,-z,nodelete',
  ...['-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-fvisibility=hidden'],
];

/**
 * Lets `make` write beside `output`, then renames: a running server keeps the file that it has mapped.
 * @param {string} output
 * @param {(temporary: string) => Promise<unknown>} make
 */
async function replace(output, make) {
  const temporary = `${output}.${process.pid}`;
  mkdirSync(dirname(join(ROOT, output)), { recursive: true });
  try {
    await make(temporary);
    renameSync(join(ROOT, temporary), join(ROOT, output));
  } finally {
    rmSync(join(ROOT, temporary), { force: true });
  }
}

/** @param {...string} args */
const pbjs = (...args) => {
  const fixed = ['-t', 'static-module', '-w', 'es6', '--force-number', '--no-verify', '--no-delimited'];
  const lean = ['--no-typeurl', '--no-convert', '--no-beautify', '-p', 'proto', '--dependency', '#protobuf'];
  return runPackage('protobufjs-cli/bin/pbjs', [...fixed, ...lean, ...args, PROTO_ROOT_FILE]);
};

/** @param {string} output */
async function pbts(output) {
  // The types are made from the comments of a second JavaScript, which nothing loads.
  const commented = `${output}.js`;
  try {
    await pbjs('-o', commented);
    await runPackage('protobufjs-cli/bin/pbts', ['-o', output, commented]);
  } finally {
    rmSync(join(ROOT, commented), { force: true });
  }
}

async function buildProtocol() {
  const inputs = [...filesUnder('proto'), SELF, 'package-lock.json'];
  await unlessDone('protocol', { inputs, outputs: [PROTO_JS, PROTO_TYPES] }, () =>
    step('generating the protocol', async () => {
      await Promise.all([replace(PROTO_JS, (file) => pbjs('--no-comments', '-o', file)), replace(PROTO_TYPES, pbts)]);
    }),
  );
}

async function buildShim() {
  const files = filesUnder('native-shim/c');
  const sources = files.filter((file) => file.endsWith('.c'));
  await unlessDone('shim', { inputs: [...files, SELF], outputs: [SHIM_LIBRARY] }, () =>
    step('compiling the native shim', () =>
      replace(SHIM_LIBRARY, (file) => run('cc', [...CC_FLAGS, '-o', file, ...sources, '-pthread', '-lm'])),
    ),
  );
}

/** The process that seals strangers' memory. */
async function buildSealer() {
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'];
  await unlessDone('sealer', { inputs: [SEALER_SOURCE, SELF], outputs: [SEALER] }, () =>
    step('compiling the sealer', () => replace(SEALER, (file) => run('cc', [...flags, '-o', file, SEALER_SOURCE]))),
  );
}

/** The library for native programs: `cc program.c -Inative-shim/client/c -Ldist/native-shim -lweir-client`. */
async function buildClientLibrary() {
  const files = filesUnder(CLIENT_SOURCES);
  const sources = files.filter((file) => file.endsWith('.c'));
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-fvisibility=hidden'];
  const inputs = [...files, 'native-shim/c/ring_layout.h', SELF];
  await unlessDone('client-library', { inputs, outputs: [CLIENT_LIBRARY] }, () =>
    step('compiling the client library', () =>
      replace(CLIENT_LIBRARY, (file) => run('cc', [...flags, '-o', file, ...sources])),
    ),
  );
}

async function buildServer() {
  const sources = COMPILED_FOLDERS.flatMap(filesUnder).filter((file) => file.endsWith('.ts'));
  const outputs = outputsOf(sources);
  const inputs = [...sources, ...filesUnder('proto'), SELF, 'tsconfig.json', 'package.json', 'package-lock.json'];
  await unlessDone('server', { inputs, outputs }, () =>
    step('compiling the server', async () => {
      removeOrphans(outputs);
      // tsc trusts its record of what it wrote, not the disk.
      if (!outputs.every((file) => existsSync(join(ROOT, file)))) rmSync(join(ROOT, TSC_RECORD), { force: true });
      await runPackage('typescript/bin/tsc', ['-p', '.']);
    }),
  );
}

async function buildPage() {
  if (!existsSync(join(ROOT, 'web/index.html'))) return;
  const inputs = [...PAGE_SOURCES.flatMap(filesUnder), SELF, 'vite.config.ts', 'package-lock.json'];
  await unlessDone('page', { inputs, outputs: [PAGE] }, () =>
    step('building the page', async () => {
      await runPackage('vite/bin/vite.js', ['build', '--logLevel', 'warn']);
    }),
  );
}

/** Builds what has changed since the last time; nothing of it runs when nothing has. */
export async function build() {
  await Promise.all([buildShim(), buildSealer(), buildClientLibrary(), buildProtocol()]);
  await buildServer();
  await buildPage();
}
