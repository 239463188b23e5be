import { badWifi } from './bad-wifi.js';
import type { BenchContext } from './context.js';
import { drift } from './drift.js';
import type { Figure } from './figure.js';
import { listeners } from './listeners.js';
import { nativeCopies } from './native-copies.js';
import { nativeLatency } from './native-latency.js';
import { nativeLoad } from './native-load.js';
import { pulseLatency } from './pulse-latency.js';
import { pulseLoad } from './pulse-load.js';
import { speakers } from './speakers.js';
import { deviceToTab, tabToDevice } from './tab-latency.js';

export type BenchCase = (context: BenchContext) => Promise<Figure[]>;

export const CASES: Readonly<Record<string, { readonly about: string; readonly run: BenchCase }>> = {
  'native-load': { about: 'server CPU, context switches and memory with 1 to 256 native streams', run: nativeLoad },
  'native-latency': { about: 'a click played and heard on the monitor, at 20, 10, 5 and 2.7 ms', run: nativeLatency },
  'native-copies': { about: 'bytes copied for each byte played', run: nativeCopies },
  'pulse-load': { about: 'the same under 1 to 64 unmodified PulseAudio programs, s16 and float', run: pulseLoad },
  'pulse-latency': { about: 'the same loop by libpulse, at 50, 20, 10 and 5 ms', run: pulseLatency },
  'tab-to-device': { about: 'from a tab’s AudioWorklet to the device, live', run: tabToDevice },
  'device-to-tab': { about: 'from an output’s monitor to a tab’s AudioWorklet', run: deviceToTab },
  'bad-wifi': { about: 'a tab plays and listens over bad Wi-Fi and through outages, on both carriers', run: badWifi },
  drift: { about: 'clocks that differ by 300 ppm, a day in simulated time', run: drift },
  listeners: { about: '300 listeners of one monitor over WebSocket, by Opus', run: listeners },
  speakers: { about: '100 clients that speak over WebSocket, live, by Opus', run: speakers },
};
