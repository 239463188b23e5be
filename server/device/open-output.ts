import { WeirError } from '../observe/errors.js';
import { FileOutput } from './file-output.js';
import { NullOutput } from './null-output.js';
import type { OutputDriver } from './output-driver.js';
import type { OutputPlan } from './prepare-output.js';

/** Opens a prepared output. Runs on its engine thread; a file that is slow to open blocks for FILE_OPEN_LIMIT_MS. */
export function openOutput(plan: OutputPlan): OutputDriver | WeirError {
  switch (plan.kind) {
    case 'null':
      return new NullOutput(plan.shape);
    case 'file':
      return FileOutput.open(plan);
    default:
      return new WeirError('DEVICE_FAILED', `${plan.kind} outputs cannot be opened yet`);
  }
}
