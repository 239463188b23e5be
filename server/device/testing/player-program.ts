import { WeirError } from '../../observe/errors.js';
import { parseDeviceSpec } from '../device-spec.js';
import { openOutput } from '../open-output.js';
import { prepareOutput } from '../prepare-output.js';
import { Player } from './player.js';

// Plays into the device that its argument names until it is killed, and opens a lost one again as the server does.
// Says "playing N" before it writes frame N, and "refused WHY".

const RETRY_MS = 100;

const spec = parseDeviceSpec(process.argv[2] ?? '');
if (spec instanceof WeirError) throw spec;
const { plan } = prepareOutput(spec);
const pause = new Int32Array(new SharedArrayBuffer(4));

for (let frame = 0; ; Atomics.wait(pause, 0, 0, RETRY_MS)) {
  const driver = openOutput(plan);
  if (driver instanceof WeirError) {
    process.stdout.write(`refused ${driver.what}\n`);
    continue;
  }
  const player = new Player(driver, frame);
  player.play(512, Infinity, Infinity, () => process.stdout.write(`playing ${player.playedFrames}\n`));
  driver.close();
  frame = player.playedFrames;
}
