import { weir } from '#proto';
import type { HostedStream, StreamOrder } from '../net/messages.js';
import { nowUs } from '../session/clock.js';
import type { Failure } from '../session/failure.js';
import type { Session } from '../session/session.js';
import { LastingStream } from './lasting-stream.js';
import { CHANNELS, LISTEN_LIMITS, PLAY_LIMITS, RATE } from './limits.js';
import type { ListenMessage } from './listen-messages.js';
import type { ListenOrder, ListenPhase, ListenStatus } from './listen-order.js';
import { decodeSamples, wireFormatFor } from './samples.js';

const { Direction, StreamEvent, Transport } = weir.v1;

/** The worker's side of listening: packets of the server's to the worklet. */
export class ListenReceiver implements HostedStream {
  readonly #session: Session;
  readonly #order: ListenOrder;
  readonly #tell: (status: ListenStatus) => void;
  readonly #stream: LastingStream;
  readonly #format = wireFormatFor(location.hostname);
  #mixMinus: boolean;
  #phase: ListenPhase = 'opening';
  #failure: Failure | undefined;
  #wayMs: number | undefined;
  #droppedFrames = 0;
  #toldMs = 0;

  constructor(session: Session, order: ListenOrder, tell: (status: ListenStatus) => void) {
    this.#session = session;
    this.#order = order;
    this.#tell = tell;
    this.#mixMinus = order.mixMinus;
    this.#stream = new LastingStream(session, order.seed, {
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

  order(order: StreamOrder): void {
    if (order.to === 'stop') this.#stop();
    if (order.to === 'mix-minus') this.#setMixMinus(order.mixMinus);
  }

  #setMixMinus(mixMinus: boolean): void {
    if (this.#phase === 'ended' || this.#mixMinus === mixMinus) return;
    this.#mixMinus = mixMinus;
    void this.#stream.open();
  }

  #stop(): void {
    this.#stream.close();
    this.#end(undefined);
  }

  #wanted(): Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'> {
    return {
      direction: Direction.RECORD,
      name: `Listening to ${this.#order.device}`,
      device: this.#order.device,
      format: this.#format,
      rate: RATE,
      channels: CHANNELS,
      latencyUs: LISTEN_LIMITS.latencyUs,
      transport: Transport.COPIES,
      mixMinus: this.#mixMinus,
    };
  }

  #opened(): void {
    this.#bring('reset');
    this.#become('listening');
  }

  #packet({ frame, captureUs, data }: weir.v1.AudioPacket.$Properties): void {
    if (!data) return;
    const samples = decodeSamples(data, this.#format);
    this.#noteCapture(captureUs ?? 0, samples.length / CHANNELS);
    this.#bring({ frame: frame ?? 0, samples }, [samples.buffer]);
  }

  #noteCapture(captureUs: number, frames: number): void {
    const capturedUs = captureUs > 0 ? this.#session.clock.toLocalUs(captureUs) : undefined;
    if (capturedUs === undefined) return;
    this.#wayMs = (nowUs() - capturedUs) / 1000 - (frames / RATE) * 1000;
    if (performance.now() - this.#toldMs > PLAY_LIMITS.statusMs) this.#say();
  }

  #bring(message: ListenMessage, transfer: Transferable[] = []): void {
    this.#order.port.postMessage(message, transfer);
  }

  #event(event: weir.v1.StreamEvent.$Properties): void {
    if (event.kind === StreamEvent.Kind.DROPPED) this.#droppedFrames += event.frames ?? 0;
    this.#say();
  }

  #end(failure: Failure | undefined): void {
    if (this.#phase === 'ended') return;
    this.#failure = failure;
    this.#order.port.close();
    this.#become('ended');
  }

  #become(phase: ListenPhase): void {
    this.#phase = phase;
    this.#say();
  }

  #say(): void {
    this.#toldMs = performance.now();
    this.#tell({
      of: 'listen',
      phase: this.#phase,
      wayMs: this.#wayMs,
      droppedFrames: this.#droppedFrames,
      failure: this.#failure,
    });
  }
}
