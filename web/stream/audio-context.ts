import { pageFailure, Refusal } from '../session/failure.js';
import captureUrl from './capture.worklet.ts?worker&url';
import { RATE } from './limits.js';
import listenUrl from './listen.worklet.ts?worker&url';

let context: AudioContext | undefined;
let modules: Promise<unknown> | undefined;

/** Why this page can neither capture nor play, if so: browsers keep both from pages that came over plain HTTP from elsewhere. */
export function insecureContext(): ReturnType<typeof pageFailure> | undefined {
  if (isSecureContext) return undefined;
  const what = `The browser gives a page from ${location.origin} neither microphone nor audio worklets: it is no secure context.`;
  return pageFailure('INSECURE_CONTEXT', what);
}

/**
 * The page's one AudioContext, running, its worklets loaded. Call it first in the handler of a click or a key: browsers
 * let sound begin only there.
 */
export async function unlockAudio(): Promise<AudioContext> {
  const insecure = insecureContext();
  if (insecure) throw new Refusal(insecure);
  context ??= new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  const resumed = context.resume();
  const { audioWorklet } = context;
  modules ??= Promise.all([audioWorklet.addModule(captureUrl), audioWorklet.addModule(listenUrl)]);
  await Promise.all([resumed, modules]);
  return context;
}
