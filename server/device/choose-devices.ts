import { WeirError } from '../observe/errors.js';
import { logOf } from '../observe/log.js';
import { type DeviceSpec, parseDeviceSpec } from './device-spec.js';

const log = logOf('device');

/** The outputs to run with: those that were named, else the machine's default where it opens, else one without hardware. */
export function chooseDevices(texts: readonly string[]): DeviceSpec[] | WeirError {
  if (texts.length === 0) return chooseDefault();
  const specs: DeviceSpec[] = [];
  for (const text of texts) {
    const spec = parseDeviceSpec(text);
    if (spec instanceof WeirError) return spec;
    if (specs.some(({ name }) => name === spec.name)) {
      return new WeirError(
        'SPEC_INVALID',
        `device "${text}": another one is called ${spec.name} already; give it name=`,
      );
    }
    specs.push(spec);
  }
  return specs;
}

function chooseDefault(): DeviceSpec[] | WeirError {
  const spec = parseDeviceSpec('null');
  if (spec instanceof WeirError) return spec;
  log.info('no ALSA device opens: playing into "null", to be heard through its monitor');
  return [spec];
}
