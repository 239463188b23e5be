/** A hostile PulseAudio client in a process of its own. argv: the socket, the attack. Says what came of it as JSON. */
import { accessAttacks } from './access-attacks.js';
import { connectionAttacks } from './connection-attacks.js';
import { floodAttacks } from './flood-attacks.js';
import { muddleAttacks } from './muddle-attack.js';
import { poolAttacks } from './pool-attacks.js';
import { wireAttacks } from './wire-attacks.js';

const attacks = {
  ...accessAttacks,
  ...connectionAttacks,
  ...floodAttacks,
  ...muddleAttacks,
  ...poolAttacks,
  ...wireAttacks,
};
export type PulseAttackName = keyof typeof attacks;

function isAttack(name: string): name is PulseAttackName {
  return Object.hasOwn(attacks, name);
}

const [, , socket = '', name = ''] = process.argv;
if (!isAttack(name)) throw new Error(`no attack "${name}"`);
process.stdout.write(JSON.stringify(await attacks[name](socket)));
// Worker threads of a hostile program end with it, not before.
process.exit(0);
