import { pageFailure, Refusal } from '../session/failure.js';
import { captureNode } from './audio-context.js';
import { CHANNELS } from './limits.js';
import type { Capture } from './live-source.js';
import type { Purpose } from './play-order.js';

/** A voice in a room with loudspeakers needs the browser's help; nothing may bend music. */
const processing = (purpose: Purpose) => {
  const wanted = purpose === 'talk';
  return { echoCancellation: wanted, noiseSuppression: wanted, autoGainControl: wanted } as const;
};

export interface MicrophoneWish {
  readonly purpose: Purpose;
  /** A MediaDeviceInfo's; empty: the system's choice. */
  readonly deviceId: string;
}

/** Asks for the microphone, as a node of `context` if that is given; rejected with a Refusal that says what is in the way. */
export async function captureMicrophone(
  { purpose, deviceId }: MicrophoneWish,
  context?: BaseAudioContext,
): Promise<Capture> {
  const audio = {
    ...processing(purpose),
    ...(deviceId && { deviceId: { exact: deviceId } }),
    channelCount: { ideal: CHANNELS },
    latency: { ideal: 0 },
  };
  const media = await navigator.mediaDevices
    .getUserMedia({ audio })
    .catch((error: unknown) => Promise.reject(captureRefusal(error, 'the microphone')));
  return captureOf(media, media.getAudioTracks()[0]?.label || 'Microphone', context);
}

/** Asks for another tab's, a window's or the whole screen's sound. Its picture is let go at once. */
export async function captureScreen(): Promise<Capture> {
  // The sound is heard through Weir, so not a second time from that tab; and never this tab's own: it would howl.
  const audio = { ...processing('music'), suppressLocalAudioPlayback: true };
  const options = { video: true, audio, systemAudio: 'include', selfBrowserSurface: 'exclude' };
  const media = await navigator.mediaDevices
    .getDisplayMedia(options)
    .catch((error: unknown) => Promise.reject(captureRefusal(error, 'that tab or screen')));
  for (const track of media.getVideoTracks()) track.stop();
  if (media.getAudioTracks().length === 0) {
    throw new Refusal(pageFailure('CAPTURE_SILENT', 'What you chose came without sound.'));
  }
  return captureOf(media, 'Sound of a tab or screen');
}

async function captureOf(media: MediaStream, name: string, context?: BaseAudioContext): Promise<Capture> {
  const close = (): void => {
    for (const track of media.getTracks()) track.stop();
  };
  try {
    return {
      name,
      node: await captureNode(media, context),
      latencySeconds: latencySeconds(media),
      // The person ended it in the browser's own bar, or pulled the plug.
      whenEnded: (callback) => {
        for (const track of media.getAudioTracks()) track.onended = callback;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** From the microphone to the page, where the browser says so (Media Capture and Streams, section 4.3.5). */
function latencySeconds(media: MediaStream): number {
  const settings: MediaTrackSettings & { readonly latency?: unknown } = media.getAudioTracks()[0]?.getSettings() ?? {};
  return typeof settings.latency === 'number' ? settings.latency : 0;
}

/** The DOMExceptions of Media Capture and Streams, section 10.2, in words. */
export function captureRefusal(error: unknown, what: string): Refusal {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    return new Refusal(pageFailure('CAPTURE_NOT_FOUND', `The browser found nothing to capture as ${what}.`));
  }
  if (name === 'NotReadableError') return new Refusal(pageFailure('CAPTURE_BUSY', `The system does not give ${what}.`));
  return new Refusal(pageFailure('CAPTURE_REFUSED', `The browser was not allowed to capture ${what}.`));
}
