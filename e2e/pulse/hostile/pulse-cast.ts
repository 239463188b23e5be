import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Cast, expectHealth, expectPeace, type Outcome } from '../../hostile/siege.js';
import type { Server } from '../../server.js';
import type { PulseAttackName } from './attacker.js';
import { PacatBystander, type PacatReport } from './pacat-bystander.js';

export const pulseSocketOf = ({ folder }: Server): string => join(folder, 'pulse.sock');

/** Attacker and bystander both speak PulseAudio's protocol. */
export const PULSE_CAST: Cast<PulseAttackName, PacatReport> = {
  attacker: fileURLToPath(new URL('./attacker.js', import.meta.url)),
  warmUps: ['come and go', 'a pipe'],
  socket: pulseSocketOf,
  bystander: (server) => PacatBystander.start(pulseSocketOf(server), 'hall'),
};

/** What the bystander's ring holds at the least is twice as long. */
const STARVED_MS = 100;

/**
 * Nobody but the attacker noticed: the bystander's sound is whole, bit for bit and to its last frame, and the server well. The server's main
 * thread feeds that sound: where the kernel kept it from a processor for so long, the machine broke the sound and not the attacker, and only
 * what is left is asked for.
 */
export function expectUndisturbed(outcome: Outcome<PacatReport>): void {
  expect(outcome.report.exitCode).toBe(0);
  if (outcome.waitedMs < STARVED_MS) expectPeace(outcome);
  else expectHealth(outcome);
}
