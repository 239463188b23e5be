import { parentPort, workerData } from 'node:worker_threads';
import { WeirError } from '../../observe/errors.js';
import type { DeviceSpec } from '../device-spec.js';
import type { ProbeAnswer } from '../probe-output.js';
import { AlsaOutput } from './alsa-output.js';

// Opens a device once, where it may take its time.

const output = AlsaOutput.open(workerData as DeviceSpec); // our own main thread's words
const answer: ProbeAnswer = output instanceof WeirError ? { code: output.code, what: output.what } : 'opens';
if (!(output instanceof WeirError)) output.close();
parentPort?.postMessage(answer);
