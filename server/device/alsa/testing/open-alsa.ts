import { WeirError } from '../../../observe/errors.js';
import { parseDeviceSpec } from '../../device-spec.js';
import { openOutput } from '../../open-output.js';
import type { OutputDriver } from '../../output-driver.js';
import { prepareOutput } from '../../prepare-output.js';

/** The driver of a PCM (`NAME?options`), or why it does not open. */
export function tryAlsa(pcm: string): OutputDriver | WeirError {
  const spec = parseDeviceSpec(`alsa:${pcm}`);
  return spec instanceof WeirError ? spec : openOutput(prepareOutput(spec).plan);
}

export function openAlsa(pcm: string): OutputDriver {
  const driver = tryAlsa(pcm);
  if (driver instanceof WeirError) throw driver;
  return driver;
}
