import type { WeirError } from '../observe/errors.js';
import { AlsaOutput } from './alsa/alsa-output.js';
import { FileOutput } from './file-output.js';
import { NullOutput } from './null-output.js';
import type { OutputDriver } from './output-driver.js';
import type { OutputPlan } from './prepare-output.js';

/**
 * Opens a prepared output. Runs on its engine thread, which it may hold: a file for FILE_OPEN_LIMIT_MS, a PCM for as long
 * as its driver takes.
 */
export function openOutput(plan: OutputPlan): OutputDriver | WeirError {
  switch (plan.kind) {
    case 'null':
      return new NullOutput(plan.shape);
    case 'file':
      return FileOutput.open(plan);
    case 'alsa':
      return AlsaOutput.open(plan.spec);
  }
}
