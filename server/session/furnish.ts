import type { Config } from '../config/load.js';
import { pulseSocketPath } from '../config/runtime-dir.js';
import type { DeviceSpec } from '../device/device-spec.js';
import { Outputs } from '../engine/outputs.js';
import { KeptMemory } from '../mempool/kept-memory.js';
import { logOf } from '../observe/log.js';
import { LoopDelay } from '../observe/loop-delay.js';
import { CopiesDesk } from '../stream/copies/copies-desk.js';
import { Streams } from '../stream/streams.js';
import type { House } from './house.js';
import { MeterFeed } from './meter-feed.js';
import { MixerFeed } from './mixer-feed.js';
import { Pairings } from './pairing/pairings.js';
import { Quotas } from './quotas.js';
import { Reception } from './reception.js';
import { Samples } from './samples.js';

const log = logOf('session');

type Furnishing = Pick<Config, 'limits' | 'runtimeDir' | 'stateDir'>;

/** The rooms, each knowing those below it; what happens below is told upward by these calls alone. */
export function furnish(config: Furnishing, devices: DeviceSpec[]): House {
  const touch = () => {
    house.mixerFeed.touch();
  };
  const outputs = new Outputs(devices, {
    changed: touch,
    lost: (output, why) => {
      log.warn({ device: output.name, code: why.code }, why.what);
    },
    usable: () => {
      house.streams.adoptAll();
    },
  });
  const copies = new CopiesDesk();
  const quotas = new Quotas(config.limits.poolBytes);
  const house: House = {
    outputs,
    streams: new Streams(outputs, copies, touch),
    copies,
    samples: new Samples(),
    mixerFeed: new MixerFeed(() => house),
    meterFeed: new MeterFeed(() => house),
    reception: new Reception(() => house),
    pairings: new Pairings(config.stateDir, (id) => {
      house.reception.endPairing(id);
    }),
    limits: config.limits,
    keptMemory: new KeptMemory(),
    loopDelay: new LoopDelay(),
    pulseServer: `unix:${pulseSocketPath(config.runtimeDir)}`,
    makeQuota: (peer) => quotas.make(peer),
  };
  return house;
}
