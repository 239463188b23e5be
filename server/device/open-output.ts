import { WeirError } from '../observe/errors.js';
import { NullOutput } from './null-output.js';
import type { OutputDriver } from './output-driver.js';
import type { OutputPlan } from './prepare-output.js';

/** Opens a prepared output. Runs on its engine thread; may block for OPEN_LIMIT_MS at most. */
export function openOutput(plan: OutputPlan): OutputDriver | WeirError {
  switch (plan.kind) {
    case 'null':
      return new NullOutput(plan.shape);
    default:
      return new WeirError('DEVICE_FAILED', `${plan.kind} outputs cannot be opened yet`);
  }
}
