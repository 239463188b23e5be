import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WeirError } from '../../observe/errors.js';
import { setLogLevel } from '../../observe/log.js';
import { Lan } from './lan.js';

// A server's way to other machines, in a network of its own: says on stdout where others find it, each time that it is told,
// and runs each line of stdin.

setLogLevel('silent');
const [stateDir = ''] = process.argv.slice(2);
const lan = await Lan.prepare({ listen: { host: '0.0.0.0', port: 4790 }, stateDir, mdns: false });
if (!lan || lan instanceof WeirError) throw lan ?? new Error('nobody else can come');
await lan.open(4790, (urls) => process.stdout.write(`${JSON.stringify(urls)}\n`));
createInterface(process.stdin).on('line', (line) => execFileSync('sh', ['-c', line]));
