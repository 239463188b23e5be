import { rmSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { CASES } from './cases.js';
import { type Figure, tableOf } from './figure.js';
import { startPeers } from './peers.js';
import { compilePrograms } from './programs.js';

const DEFAULT_SECONDS = 5;

interface Options {
  readonly list?: true;
  readonly only?: string;
  readonly seconds: number;
  readonly json?: string;
}

function caseName(name: string): string {
  if (!Object.hasOwn(CASES, name)) throw new InvalidArgumentError(`There are: ${Object.keys(CASES).join(', ')}.`);
  return name;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Runs the cases one after the other; every server is started for this run and ended with it. */
async function measure(names: readonly string[], seconds: number): Promise<Figure[]> {
  const programs = compilePrograms();
  const peers = await startPeers();
  const figures: Figure[] = [];
  try {
    for (const name of names) {
      const say = (what: string) => process.stderr.write(`${what}\n`);
      figures.push(...((await CASES[name]?.run({ programs, peers, seconds, say })) ?? []));
    }
  } finally {
    for (const peer of peers) await peer[Symbol.asyncDispose]();
    rmSync(programs.folder, { recursive: true });
  }
  return figures;
}

async function bench({ list, only, seconds, json }: Options): Promise<void> {
  if (list) {
    for (const [name, { about }] of Object.entries(CASES)) console.log(`${name}\t${about}`);
    return;
  }
  const figures = await measure(only === undefined ? Object.keys(CASES) : [only], seconds);
  console.log(tableOf(figures));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  if (figures.some(({ ok }) => !ok)) process.exitCode = 1;
}

await new Command('npm run bench --')
  .description('Measures Weir beside the sound servers that are installed, in the same run.')
  .option('--list', 'say which cases there are')
  .option('--only <case>', 'run this case alone', caseName)
  .option('--seconds <n>', 'how long one measurement takes', positive, DEFAULT_SECONDS)
  .option('--json <file>', 'write the figures there too')
  .action(bench)
  .parseAsync();
