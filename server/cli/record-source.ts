import type { DeviceInfo, MixerState } from '../../native-shim/client/mixer-state.js';
import { WeirError } from '../observe/errors.js';

/**
 * What `weir record` listens to: an input or a monitor by name; an output's name means its monitor; without a name the
 * default input, and while there is none, the default output's monitor.
 * @throws WeirError DEVICE_NOT_FOUND
 */
export function chooseSource(state: MixerState, name: string | undefined): DeviceInfo {
  const inputs = state.devices.filter((device) => device.direction === 'record');
  const monitorOf = (output: string): DeviceInfo | undefined => inputs.find((device) => device.monitorOf === output);
  if (name !== undefined) {
    const found = inputs.find((device) => device.name === name) ?? monitorOf(name);
    if (found === undefined) throw new WeirError('DEVICE_NOT_FOUND', `no input, monitor or output is called "${name}"`);
    return found;
  }
  const real = inputs.filter((device) => device.monitorOf === null && !device.lost);
  const output = state.devices.find((device) => device.direction === 'playback' && device.isDefault);
  const chosen = real.find((device) => device.isDefault) ?? real[0] ?? (output && monitorOf(output.name));
  if (chosen === undefined)
    throw new WeirError('DEVICE_NOT_FOUND', 'there is nothing to record: no input and no output');
  return chosen;
}
