import { pageFailure, Refusal } from '../session/failure.js';
import { captureContext } from './audio-context.js';
import type { CaptureOrder } from './capture-line.js';
import { CHANNELS, PLAY_LIMITS } from './limits.js';
import type { Purpose } from './play-order.js';
import { canShareRings, SharedRing } from './shared-ring.js';
import type { HandedSound, Source, SourceKind } from './source.js';

type LiveKind = Exclude<SourceKind, 'file'>;

/** A voice in a room with loudspeakers needs the browser's help; nothing may bend music. */
const processing = (purpose: Purpose) => {
  const wanted = purpose === 'talk';
  return { echoCancellation: wanted, noiseSuppression: wanted, autoGainControl: wanted } as const;
};

/** What a microphone or another tab gives: from a capture worklet to the worker, not through this thread. */
export class LiveSource implements Source {
  readonly lengthFrames = undefined;
  readonly rate: number;
  readonly #media: MediaStream;
  readonly #input: MediaStreamAudioSourceNode;
  readonly #worklet: AudioWorkletNode;
  readonly #memory: SharedArrayBuffer | undefined;
  #closed = false;
  #ended: () => void = () => undefined;

  constructor(
    readonly kind: LiveKind,
    readonly name: string,
    input: MediaStreamAudioSourceNode,
  ) {
    this.rate = input.context.sampleRate;
    this.#media = input.mediaStream;
    this.#input = input;
    const bytes = SharedRing.bytesFor(CHANNELS, PLAY_LIMITS.captureRingFrames);
    this.#memory = canShareRings() ? new SharedArrayBuffer(bytes) : undefined;
    this.#worklet = new AudioWorkletNode(input.context, 'weir-capture', {
      numberOfOutputs: 0,
      channelCount: CHANNELS,
      channelCountMode: 'explicit',
      channelInterpretation: 'speakers',
      processorOptions: { memory: this.#memory },
    });
    input.connect(this.#worklet);
    // The person ended it in the browser's own bar, or pulled the plug.
    for (const track of this.#media.getAudioTracks()) track.onended = () => this.#ended();
  }

  async hand(): Promise<HandedSound> {
    const inputLatencyUs = Math.round(latencySeconds(this.#media) * 1e6);
    const memory = this.#memory;
    if (memory) return { sound: { kind: 'captured', line: { kind: 'ring', memory }, inputLatencyUs }, transfer: [] };
    const { port1, port2 } = new MessageChannel();
    this.#order({ port: port1 }, [port1]);
    return { sound: { kind: 'captured', line: { kind: 'port', port: port2 }, inputLatencyUs }, transfer: [port2] };
  }

  whenEnded(callback: () => void): void {
    this.#ended = callback;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const track of this.#media.getTracks()) track.stop();
    this.#input.disconnect();
    this.#order('stop');
  }

  #order(order: CaptureOrder, transfer: Transferable[] = []): void {
    this.#worklet.port.postMessage(order, transfer);
  }
}

/** From the microphone to the page, where the browser says so (Media Capture and Streams, section 4.3.5). */
function latencySeconds(media: MediaStream): number {
  const settings: MediaTrackSettings & { readonly latency?: unknown } = media.getAudioTracks()[0]?.getSettings() ?? {};
  return typeof settings.latency === 'number' ? settings.latency : 0;
}

/** Asks for the microphone; rejected with a Refusal that says what is in the way. */
export async function openMicrophone(purpose: Purpose): Promise<LiveSource> {
  const audio = { ...processing(purpose), channelCount: { ideal: CHANNELS }, latency: { ideal: 0 } };
  const media = await navigator.mediaDevices
    .getUserMedia({ audio })
    .catch((error: unknown) => Promise.reject(captureRefusal(error, 'the microphone')));
  const name = media.getAudioTracks()[0]?.label || 'Microphone';
  return new LiveSource('microphone', name, await captureContext(media));
}

/** Asks for another tab's, a window's or the whole screen's sound. Its picture is let go at once. */
export async function openScreen(): Promise<LiveSource> {
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
  return new LiveSource('screen', 'Sound of a tab or screen', await captureContext(media));
}

/** The DOMExceptions of Media Capture and Streams, section 10.2, in words. */
function captureRefusal(error: unknown, what: string): Refusal {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    return new Refusal(pageFailure('CAPTURE_NOT_FOUND', `The browser found nothing to capture as ${what}.`));
  }
  if (name === 'NotReadableError') return new Refusal(pageFailure('CAPTURE_BUSY', `The system does not give ${what}.`));
  return new Refusal(pageFailure('CAPTURE_REFUSED', `The browser was not allowed to capture ${what}.`));
}
