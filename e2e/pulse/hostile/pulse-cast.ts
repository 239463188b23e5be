import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Cast, expectPeace, type Outcome } from '../../hostile/siege.js';
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

/** Nobody but the attacker noticed: the bystander's sound is whole, bit for bit and to its last frame, and the server well. */
export function expectUndisturbed(outcome: Outcome<PacatReport>): void {
  expect(outcome.report.exitCode).toBe(0);
  expectPeace(outcome);
}
