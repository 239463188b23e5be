import { pageFailure, Refusal } from '../session/failure.js';
import { BlockQueue } from './block-queue.js';
import { CHANNELS, PLAY_LIMITS } from './limits.js';
import type { Source, SourceKind } from './source.js';

type LiveKind = Exclude<SourceKind, 'file'>;

/** Music, not a call: nothing of the browser's may bend it. */
const UNPROCESSED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false } as const;

/** What a microphone or another tab gives, block by block from a capture worklet. */
export class LiveSource implements Source {
  readonly lengthFrames = undefined;
  readonly #media: MediaStream;
  readonly #input: MediaStreamAudioSourceNode;
  readonly #worklet: AudioWorkletNode;
  readonly #queue = new BlockQueue(CHANNELS, PLAY_LIMITS.queueFrames, PLAY_LIMITS.queueKeptFrames);
  #ended = false;
  #ready: () => void = () => undefined;

  constructor(
    readonly kind: LiveKind,
    readonly name: string,
    context: AudioContext,
    media: MediaStream,
  ) {
    this.#media = media;
    this.#input = new MediaStreamAudioSourceNode(context, { mediaStream: media });
    this.#worklet = new AudioWorkletNode(context, 'weir-capture', {
      numberOfOutputs: 0,
      channelCount: CHANNELS,
      channelCountMode: 'explicit',
      channelInterpretation: 'speakers',
    });
    this.#worklet.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      this.#queue.push(data);
      this.#ready();
    };
    this.#input.connect(this.#worklet);
    // The person ended it in the browser's own bar, or pulled the plug.
    for (const track of media.getAudioTracks()) track.onended = () => this.close();
  }

  get ended(): boolean {
    return this.#ended && this.#queue.frames === 0;
  }

  get droppedFrames(): number {
    return this.#queue.droppedFrames;
  }

  read(frames: number): Float32Array {
    return this.#queue.take(frames);
  }

  seek(): void {
    this.#queue.clear();
  }

  whenReady(callback: () => void): void {
    this.#ready = callback;
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const track of this.#media.getTracks()) track.stop();
    this.#input.disconnect();
    this.#worklet.port.onmessage = null;
    this.#worklet.port.postMessage('stop');
    this.#ready();
  }
}

/** Asks for the microphone; rejected with a Refusal that says what is in the way. */
export async function openMicrophone(context: AudioContext): Promise<LiveSource> {
  const media = await navigator.mediaDevices
    .getUserMedia({ audio: { ...UNPROCESSED, channelCount: { ideal: CHANNELS } } })
    .catch((error: unknown) => Promise.reject(captureRefusal(error, 'the microphone')));
  return new LiveSource('microphone', media.getAudioTracks()[0]?.label || 'Microphone', context, media);
}

/** Asks for another tab's, a window's or the whole screen's sound. Its picture is let go at once. */
export async function openScreen(context: AudioContext): Promise<LiveSource> {
  // The sound is heard through Weir, so not a second time from that tab; and never this tab's own: it would howl.
  const audio = { ...UNPROCESSED, suppressLocalAudioPlayback: true };
  const options = { video: true, audio, systemAudio: 'include', selfBrowserSurface: 'exclude' };
  const media = await navigator.mediaDevices
    .getDisplayMedia(options)
    .catch((error: unknown) => Promise.reject(captureRefusal(error, 'that tab or screen')));
  for (const track of media.getVideoTracks()) track.stop();
  if (media.getAudioTracks().length === 0) {
    throw new Refusal(pageFailure('CAPTURE_SILENT', 'What you chose came without sound.'));
  }
  return new LiveSource('screen', 'Sound of a tab or screen', context, media);
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
