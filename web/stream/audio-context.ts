import { type Failure, Refusal } from '../session/failure.js';
import captureUrl from './capture.worklet.ts?worker&url';
import { RATE } from './limits.js';
import listenUrl from './listen.worklet.ts?worker&url';
import { soundRefused, surroundings } from './sound-allowed.js';

let context: AudioContext | undefined;
const modules = new WeakMap<AudioContext, Promise<unknown>>();

/** Why this page can neither capture nor play in time, if so. */
export const insecureContext = (): Failure | undefined => soundRefused(surroundings());

/** The page's one AudioContext, as it is: good for decoding anywhere. At RATE, where the browser can run its device so. */
export function audioContext(): AudioContext {
  return (context ??= openContext());
}

function openContext(): AudioContext {
  try {
    return new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  } catch {
    return new AudioContext({ latencyHint: 'interactive' });
  }
}

/** `context`, running, its worklets loaded. */
async function started(context: AudioContext): Promise<AudioContext> {
  const resumed = context.resume();
  const { audioWorklet } = context;
  const loaded =
    modules.get(context) ?? Promise.all([audioWorklet.addModule(captureUrl), audioWorklet.addModule(listenUrl)]);
  modules.set(context, loaded);
  await Promise.all([resumed, loaded]);
  return context;
}

/**
 * The page's one AudioContext, running, its worklets loaded. Call it first in the handler of a click or a key: browsers
 * let sound begin only there.
 */
export async function unlockAudio(): Promise<AudioContext> {
  const insecure = insecureContext();
  if (insecure) throw new Refusal(insecure);
  return started(audioContext());
}

/**
 * `mediaStream` as a node of `context`, or else of the page's AudioContext, or of one at the device's own rate: some browsers
 * do not join a device to a context of another rate. Whoever is done with the node's context leaves it (`leaveContext`).
 */
export async function captureNode(mediaStream: MediaStream, context?: BaseAudioContext): Promise<AudioNode> {
  if (context instanceof AudioContext) return new MediaStreamAudioSourceNode(context, { mediaStream });
  try {
    return new MediaStreamAudioSourceNode(await unlockAudio(), { mediaStream });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotSupportedError') throw error;
  }
  const own = new AudioContext();
  try {
    return new MediaStreamAudioSourceNode(await started(own), { mediaStream });
  } catch (error) {
    leaveContext(own);
    throw error;
  }
}

/** Nothing goes on in `left` any more: closed, unless it is the page's. A browser lets a page have but a few. */
export function leaveContext(left: BaseAudioContext): void {
  if (left instanceof AudioContext && left !== context && left.state !== 'closed') void left.close();
}
