import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { AttackName } from './attacker.js';
import type { BystanderReport } from './bystander.js';
import { NativeBystander } from './bystander-process.js';
import { type Cast, expectPeace, type Outcome } from './siege.js';

/** Attacker and bystander both speak Weir's own protocol. */
export const NATIVE_CAST: Cast<AttackName, BystanderReport> = {
  attacker: fileURLToPath(new URL('./attacker.js', import.meta.url)),
  warmUps: ['come and go', 'a pipe'],
  socket: ({ socket }) => socket,
  bystander: ({ socket }) => NativeBystander.start(socket, 'hall'),
};

/** Peace, and the bystander was told of nothing but its start. */
export function expectUndisturbed(outcome: Outcome<BystanderReport>): void {
  const { report } = outcome;
  expect(report).toMatchObject({ underruns: 0, starvedFrames: 0 });
  // The quantum follows the smallest wish on its output, and that is told.
  expect(report.news.filter((kind) => kind !== 'timing')).toEqual(['started']);
  expectPeace(outcome);
}
