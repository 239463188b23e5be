import { type Failure, Refusal } from '../session/failure.js';
import captureUrl from './capture.worklet.ts?worker&url';
import { RATE } from './limits.js';
import listenUrl from './listen.worklet.ts?worker&url';
import { soundRefused, surroundings } from './sound-allowed.js';

let context: AudioContext | undefined;
let modules: Promise<unknown> | undefined;

/** Why this page can neither capture nor play in time, if so. */
export const insecureContext = (): Failure | undefined => soundRefused(surroundings());

/** The page's one AudioContext, as it is: good for decoding anywhere. */
export function audioContext(): AudioContext {
  return (context ??= new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' }));
}

/**
 * The page's one AudioContext, running, its worklets loaded. Call it first in the handler of a click or a key: browsers
 * let sound begin only there.
 */
export async function unlockAudio(): Promise<AudioContext> {
  const insecure = insecureContext();
  if (insecure) throw new Refusal(insecure);
  const running = audioContext();
  const resumed = running.resume();
  const { audioWorklet } = running;
  modules ??= Promise.all([audioWorklet.addModule(captureUrl), audioWorklet.addModule(listenUrl)]);
  await Promise.all([resumed, modules]);
  return running;
}
