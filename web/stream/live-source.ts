import { leaveContext } from './audio-context.js';
import type { CaptureOrder } from './capture-line.js';
import { CHANNELS, PLAY_LIMITS } from './limits.js';
import { canShareRings, SharedRing } from './shared-ring.js';
import type { HandedSound, Source, SourceKind } from './source.js';

type LiveKind = Exclude<SourceKind, 'file'>;

/** Sound that is made as it goes, at a node of an AudioContext. */
export interface Capture {
  readonly name: string;
  readonly node: AudioNode;
  /** From the air to the node, as far as the browser tells. */
  readonly latencySeconds: number;
  /** Calls back when nothing more will come. */
  whenEnded(callback: () => void): void;
  setPaused?(paused: boolean): void;
  close(): void;
}

/** What a microphone, another tab or a player in this page gives: from a capture worklet to the worker, not through this thread. */
export class LiveSource implements Source {
  readonly lengthFrames = undefined;
  readonly rate: number;
  readonly #worklet: AudioWorkletNode;
  readonly #memory: SharedArrayBuffer | undefined;
  #capture: Capture;
  #closed = false;
  #ended: () => void = () => undefined;

  constructor(
    readonly kind: LiveKind,
    capture: Capture,
  ) {
    const { context } = capture.node;
    this.rate = context.sampleRate;
    const bytes = SharedRing.bytesFor(CHANNELS, PLAY_LIMITS.captureRingFrames);
    this.#memory = canShareRings() ? new SharedArrayBuffer(bytes) : undefined;
    this.#worklet = new AudioWorkletNode(context, 'weir-capture', {
      numberOfOutputs: 0,
      channelCount: CHANNELS,
      channelCountMode: 'explicit',
      channelInterpretation: 'speakers',
      processorOptions: { memory: this.#memory },
    });
    this.#capture = capture;
    this.#join();
  }

  get name(): string {
    return this.#capture.name;
  }

  /** What is captured must be a node of this. */
  get context(): BaseAudioContext {
    return this.#worklet.context;
  }

  /** Goes on with another capture of the same context, as the same stream. */
  take(capture: Capture): void {
    if (this.#closed) return capture.close();
    this.#leave();
    this.#capture = capture;
    this.#join();
  }

  async hand(): Promise<HandedSound> {
    const inputLatencyUs = Math.round(this.#capture.latencySeconds * 1e6);
    const memory = this.#memory;
    if (memory) return { sound: { kind: 'captured', line: { kind: 'ring', memory }, inputLatencyUs }, transfer: [] };
    const { port1, port2 } = new MessageChannel();
    this.#order({ port: port1 }, [port1]);
    return { sound: { kind: 'captured', line: { kind: 'port', port: port2 }, inputLatencyUs }, transfer: [port2] };
  }

  whenEnded(callback: () => void): void {
    this.#ended = callback;
  }

  setPaused(paused: boolean): void {
    this.#capture.setPaused?.(paused);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    this.#order('stop');
    leaveContext(this.context);
  }

  #join(): void {
    const capture = this.#capture;
    capture.node.connect(this.#worklet);
    capture.whenEnded(() => void (capture === this.#capture && this.#ended()));
  }

  #leave(): void {
    this.#capture.node.disconnect();
    this.#capture.close();
  }

  #order(order: CaptureOrder, transfer: Transferable[] = []): void {
    this.#worklet.port.postMessage(order, transfer);
  }
}
