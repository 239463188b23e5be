import { weir } from '#proto';
import type { Failure } from '../session/failure.js';
import { nowUs } from '../session/clock.js';
import type { Session } from '../session/session.js';
import { LastingStream } from './lasting-stream.js';
import { CHANNELS, LISTEN_LIMITS, RATE } from './limits.js';
import type { ListenOrder, ListenReport } from './listen-messages.js';
import { decodeSamples, type WireFormat } from './samples.js';

const { Direction, StreamEvent, Transport } = weir.v1;

export type ListenPhase = 'opening' | 'listening' | 'reconnecting' | 'ended';

export interface ListenOptions {
  /** An input or the monitor of an output. */
  readonly device: string;
  readonly format: WireFormat;
  /** Leave out what this page itself plays. */
  readonly mixMinus: boolean;
  /** Something of the status changed. */
  changed(): void;
}

/** From an input or a monitor into this page's loudspeaker: packets into a worklet with a jitter buffer. */
export class Listening {
  readonly #session: Session;
  readonly #options: ListenOptions;
  readonly #context: AudioContext;
  readonly #worklet: AudioWorkletNode;
  readonly #stream: LastingStream;
  #mixMinus: boolean;
  #phase: ListenPhase = 'opening';
  #failure: Failure | undefined;
  #report: ListenReport | undefined;
  /** How old the newest frame was when it came. */
  #wayMs: number | undefined;
  #droppedFrames = 0;

  /** `context` runs and has its worklets (unlockAudio). */
  constructor(session: Session, context: AudioContext, options: ListenOptions) {
    this.#session = session;
    this.#context = context;
    this.#options = options;
    this.#mixMinus = options.mixMinus;
    this.#worklet = new AudioWorkletNode(context, 'weir-listen', { numberOfInputs: 0, outputChannelCount: [CHANNELS] });
    this.#worklet.connect(context.destination);
    this.#worklet.port.onmessage = ({ data }: MessageEvent<ListenReport>) => {
      this.#report = data;
      options.changed();
    };
    this.#stream = new LastingStream(session, {
      wanted: () => this.#wanted(),
      opened: () => this.#opened(),
      moved: () => undefined,
      lost: () => this.#become('reconnecting'),
      ended: (failure) => this.#end(failure),
      event: (event) => this.#event(event),
      audio: (packet) => this.#packet(packet),
    });
    void this.#stream.open();
  }

  get device(): string {
    return this.#options.device;
  }

  get phase(): ListenPhase {
    return this.#phase;
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Of the last tenth of a second; undefined before anything was heard. */
  get report(): ListenReport | undefined {
    return this.#report;
  }

  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Measured: from the mix to this page's loudspeaker, its device included where the browser tells. */
  get latencyMs(): number | undefined {
    if (this.#wayMs === undefined || !this.#report?.playing) return undefined;
    return this.#wayMs + (this.#report.fillFrames / RATE + this.#context.outputLatency) * 1000;
  }

  setMixMinus(mixMinus: boolean): void {
    if (this.#phase === 'ended' || this.#mixMinus === mixMinus) return;
    this.#mixMinus = mixMinus;
    void this.#stream.open();
  }

  stop(): void {
    this.#stream.close();
    this.#end(undefined);
  }

  #wanted(): Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'> {
    return {
      direction: Direction.RECORD,
      name: `Listening to ${this.#options.device}`,
      device: this.#options.device,
      format: this.#options.format,
      rate: RATE,
      channels: CHANNELS,
      latencyUs: LISTEN_LIMITS.latencyUs,
      transport: Transport.COPIES,
      mixMinus: this.#mixMinus,
    };
  }

  #opened(): void {
    this.#order('reset');
    this.#become('listening');
  }

  #packet({ frame, captureUs, data }: weir.v1.AudioPacket.$Properties): void {
    if (!data) return;
    const samples = decodeSamples(data, this.#options.format);
    this.#noteCapture(captureUs ?? 0, samples.length / CHANNELS);
    this.#order({ frame: frame ?? 0, samples }, [samples.buffer]);
  }

  #noteCapture(captureUs: number, frames: number): void {
    const capturedUs = captureUs > 0 ? this.#session.clock.toLocalUs(captureUs) : undefined;
    if (capturedUs !== undefined) this.#wayMs = (nowUs() - capturedUs) / 1000 - (frames / RATE) * 1000;
  }

  #order(order: ListenOrder, transfer: Transferable[] = []): void {
    this.#worklet.port.postMessage(order, transfer);
  }

  #event(event: weir.v1.StreamEvent.$Properties): void {
    if (event.kind === StreamEvent.Kind.DROPPED) this.#droppedFrames += event.frames ?? 0;
    this.#options.changed();
  }

  #end(failure: Failure | undefined): void {
    if (this.#phase === 'ended') return;
    this.#failure = failure;
    this.#order('stop');
    this.#worklet.disconnect();
    this.#worklet.port.onmessage = null;
    this.#become('ended');
  }

  #become(phase: ListenPhase): void {
    this.#phase = phase;
    this.#options.changed();
  }
}
