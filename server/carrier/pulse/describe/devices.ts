import type { Output } from '../../../engine/output.js';
import { DEVICE_STATE, SINK_FLAG, SOURCE_FLAG, VOLUME_STEPS } from '../wire/numbers.js';
import type { DeviceInfo } from '../wire/messages/object-info.js';
import { ANY_PCM } from '../wire/values/format-info.js';
import { proplistOf } from '../wire/values/proplist.js';
import { VOLUME_NORM } from '../wire/values/volume.js';
import { shapeOfOutput } from './shape.js';
import { Balance } from './volumes.js';

const DRIVER = 'weir';
const FLAGS = {
  sink: SINK_FLAG.LATENCY | SINK_FLAG.DECIBEL_VOLUME | SINK_FLAG.DYNAMIC_LATENCY,
  source: SOURCE_FLAG.LATENCY | SOURCE_FLAG.DECIBEL_VOLUME | SOURCE_FLAG.DYNAMIC_LATENCY,
};

/** An output as a sink; `index` is its own and its monitor's. */
export function describeSink(output: Output, index: number): DeviceInfo {
  return {
    ...common(output, index),
    name: output.name,
    description: nameForPeople(output),
    counterpart: index,
    counterpartName: output.monitorName,
    latencyUs: output.deviceDelayUs,
    flags: FLAGS.sink | (output.spec.kind === 'alsa' ? SINK_FLAG.HARDWARE : 0),
    properties: properties(output, 'sound'),
  };
}

/** An output's monitor as a source: it hears what the output plays, so its volume is the output's. Programs that look for a microphone pass over monitors. */
export function describeMonitor(output: Output, index: number): DeviceInfo {
  const { microphone } = output.spec;
  return {
    ...common(output, index),
    name: output.monitorName,
    description: microphone ? nameForPeople(output) : `Monitor of ${nameForPeople(output)}`,
    counterpart: microphone ? undefined : index,
    counterpartName: microphone ? undefined : output.name,
    latencyUs: 0,
    flags: FLAGS.source,
    properties: properties(output, microphone ? 'sound' : 'monitor'),
  };
}

function common(output: Output, index: number) {
  const { spec, map } = shapeOfOutput(output);
  return {
    index,
    spec,
    map,
    module: undefined,
    volume: Balance.ofShares(output.balance, spec.channels).at(output.volume),
    muted: output.muted,
    driver: DRIVER,
    requestedLatencyUs: Math.round((output.quantumFrames * 1e6) / output.rate),
    baseVolume: VOLUME_NORM,
    state: stateOf(output),
    volumeSteps: VOLUME_STEPS,
    card: undefined,
    ports: [],
    activePort: undefined,
    formats: [ANY_PCM],
  };
}

function stateOf({ suspended, running }: Output): number {
  if (suspended) return DEVICE_STATE.SUSPENDED;
  return running ? DEVICE_STATE.RUNNING : DEVICE_STATE.IDLE;
}

function nameForPeople({ name, spec }: Output): string {
  return spec.target ? `${name} (${spec.kind}:${spec.target})` : name;
}

function properties(output: Output, deviceClass: string) {
  return proplistOf({ 'device.description': nameForPeople(output), 'device.class': deviceClass, 'device.api': DRIVER });
}
