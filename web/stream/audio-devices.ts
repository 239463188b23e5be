import { pageFailure, Refusal } from '../session/failure.js';
import { audioContext } from './audio-context.js';
import { captureRefusal } from './media-capture.js';

// Parts of the browser that TypeScript's DOM library has not: each is looked for before it is used.
type SinkContext = AudioContext & { setSinkId?(id: string): Promise<void> };
type ChoosingDevices = MediaDevices & { selectAudioOutput?(): Promise<MediaDeviceInfo> };

/** A microphone or an output of the machine that the browser runs on. */
export interface OwnDevice {
  readonly id: string;
  readonly label: string;
}

export interface OwnDeviceList {
  readonly microphones: readonly OwnDevice[];
  readonly outputs: readonly OwnDevice[];
  /** The browser keeps their names from a page that may not use the microphone. */
  readonly named: boolean;
}

export const NO_DEVICES: OwnDeviceList = { microphones: [], outputs: [], named: false };

/** Undefined in an insecure context, whatever the types say. */
const mediaDevices = (): ChoosingDevices | undefined => navigator.mediaDevices;

/** What there is to choose from, the system's own choice left out. */
export async function listOwnDevices(): Promise<OwnDeviceList> {
  const all = (await mediaDevices()?.enumerateDevices()) ?? [];
  const named = all.some(({ kind, label }) => kind === 'audioinput' && label !== '');
  const of = (wanted: MediaDeviceKind): OwnDevice[] =>
    all
      .filter(({ kind, deviceId, label }) => kind === wanted && label !== '' && !ALIASES.has(deviceId))
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  return { microphones: of('audioinput'), outputs: of('audiooutput'), named };
}

/** Chromium's second names of devices that are listed anyway. */
const ALIASES = new Set(['', 'default', 'communications']);

/** Calls back when something was plugged in or pulled out; returns what stops that. */
export function whenDevicesChange(callback: () => void): () => void {
  mediaDevices()?.addEventListener('devicechange', callback);
  return () => mediaDevices()?.removeEventListener('devicechange', callback);
}

/** The browser can play the page's sound on another output than the system's. */
export const canChooseOutput = (): boolean =>
  typeof AudioContext === 'function' && 'setSinkId' in AudioContext.prototype && mediaDevices() !== undefined;

/** The browser asks a person itself which output a page may use (Audio Output Devices API, section 4.1). */
export const browserAsksForOutput = (): boolean => mediaDevices()?.selectAudioOutput !== undefined;

/** Lets the browser name its devices, by asking for what allows it; rejected with a Refusal. */
export async function askForDeviceNames(): Promise<void> {
  const media = await mediaDevices()
    ?.getUserMedia({ audio: true })
    .catch((error: unknown) => Promise.reject(captureRefusal(error, 'the microphone')));
  for (const track of media?.getTracks() ?? []) track.stop();
}

/** Undefined when the person chose none. */
export async function askForOutput(): Promise<OwnDevice | undefined> {
  const chosen = await mediaDevices()
    ?.selectAudioOutput?.()
    .catch(() => undefined);
  return chosen && { id: chosen.deviceId, label: chosen.label };
}

/** Plays all that is heard here on output `id`; empty is the system's choice. Rejected with a Refusal. */
export async function playOn({ id, label }: OwnDevice): Promise<void> {
  try {
    await (audioContext() as SinkContext).setSinkId?.(id);
  } catch {
    throw new Refusal(pageFailure('OUTPUT_REFUSED', `The browser cannot play on ${label || 'the system’s output'}.`));
  }
}
