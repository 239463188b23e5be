/** A hostile client in a process of its own. argv: the server's socket, the attack. Says what came of it as JSON. */
import { descriptorAttacks } from './descriptor-attacks.js';
import { floodAttacks } from './flood-attacks.js';
import { ringAttacks } from './ring-attacks.js';
import { wireAttacks } from './wire-attacks.js';

const attacks = { ...descriptorAttacks, ...ringAttacks, ...wireAttacks, ...floodAttacks };
export type AttackName = keyof typeof attacks;

function isAttack(name: string): name is AttackName {
  return Object.hasOwn(attacks, name);
}

const [, , socket = '', name = ''] = process.argv;
if (!isAttack(name)) throw new Error(`no attack "${name}"`);
process.stdout.write(JSON.stringify(await attacks[name](socket)));
// Worker threads and watches of a hostile program end with it, not before.
process.exit(0);
