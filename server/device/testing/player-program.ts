import { WeirError } from '../../observe/errors.js';
import { parseDeviceSpec } from '../device-spec.js';
import { openOutput } from '../open-output.js';
import { prepareOutput } from '../prepare-output.js';
import { Player } from './player.js';

// Plays into the device that its argument names until it is killed; says "playing N" before it writes frame N.

const spec = parseDeviceSpec(process.argv[2] ?? '');
if (spec instanceof WeirError) throw spec;
const driver = openOutput(prepareOutput(spec).plan);
if (driver instanceof WeirError) throw driver;
const player = new Player(driver);
player.play(512, Infinity, Infinity, () => process.stdout.write(`playing ${player.playedFrames}\n`));
