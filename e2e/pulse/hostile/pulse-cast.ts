import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { QUANTUM_MAX_FRAMES } from '../../../server/engine/limits.js';
import { type Cast, expectHealth, type Outcome } from '../../hostile/siege.js';
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

/** How near to its end the bystander's sound is looked at: how a stream ends is told by e2e/pulse/exactness.test.ts. */
const END_FRAMES = 2 * QUANTUM_MAX_FRAMES;

/** Nobody but the attacker noticed: for as long as there were attacks, the bystander's sound is whole, bit for bit. */
export function expectUndisturbed(outcome: Outcome<PacatReport>): void {
  const { report, runs } = outcome;
  expect(report.exitCode).toBe(0);
  const [played] = runs;
  expect(played?.first).toBe(1);
  expect(played?.frames).toBeGreaterThanOrEqual(report.frames - END_FRAMES);
  expectHealth(outcome);
}
