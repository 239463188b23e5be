import { WeirError } from '../observe/errors.js';
import { logOf } from '../observe/log.js';
import { type DeviceSpec, parseDeviceSpec } from './device-spec.js';
import { probeOutput } from './probe-output.js';

const log = logOf('device');

/** The outputs to run with: those that were named, else the machine's default where it opens, else one without hardware. */
export async function chooseDevices(texts: readonly string[]): Promise<DeviceSpec[] | WeirError> {
  if (texts.length === 0) return chooseDefault();
  const specs: DeviceSpec[] = [];
  for (const text of texts) {
    const spec = parseDeviceSpec(text);
    if (spec instanceof WeirError) return spec;
    const refuse = (why: string) => new WeirError('SPEC_INVALID', `device "${text}": ${why}`);
    if (specs.some(({ name }) => name === spec.name)) {
      return refuse(`another one is called ${spec.name} already; give it name=`);
    }
    if (spec.kind === 'file' && specs.some(({ target }) => target === spec.target)) {
      return refuse('another one plays into that file already');
    }
    specs.push(spec);
  }
  return specs;
}

async function chooseDefault(): Promise<DeviceSpec[] | WeirError> {
  const alsa = parseDeviceSpec('alsa:default');
  if (alsa instanceof WeirError) return alsa;
  const why = await probeOutput(alsa);
  if (!why) return [alsa];
  const air = parseDeviceSpec('null');
  if (air instanceof WeirError) return air;
  log.info(`no sound card: ${why.what}. Playing into "${air.name}", to be heard through its monitor`);
  return [air];
}
