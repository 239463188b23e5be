import type { PageMessage, StreamStatus } from '../net/messages.js';
import type { NetLink, TenantLine } from '../net/net-link.js';
import { failureOf, type Failure } from '../session/failure.js';
import { CHANNELS, RATE } from './limits.js';
import type { ListenOptions as WorkletOptions, ListenReport, WorkletOrder } from './listen/listen-messages.js';
import type { ListenPhase, ListenStatus, ListenWish } from './listen/listen-order.js';
import { queueMemory } from './listen/packet-queue.js';
import { canShareRings } from './shared-ring.js';
import { newStreamId, seedOf } from './stream-seed.js';

/** Where the time goes from the mix to this page's loudspeaker, measured, in ms. */
export interface ListenHops {
  readonly serverMs: number;
  readonly networkMs: number;
  /** What waits for packets that come late, the length of packets and of a render quantum included. */
  readonly jitterMs: number;
  /** From a quantum's rendering to its turn among those of its burst. */
  readonly workletMs: number;
  readonly deviceMs: number;
}

export interface ListenOptions extends ListenWish {
  /** An input or the monitor of an output. */
  readonly device: string;
  /** Leave out what this page itself plays. */
  readonly mixMinus: boolean;
  /** Something of the status changed. */
  changed(): void;
}

/** From an input or a monitor into this page's loudspeaker, as this thread sees it: the sound goes past it. */
export class Listening {
  readonly #options: ListenOptions;
  readonly #context: AudioContext;
  readonly #worklet: AudioWorkletNode;
  readonly #line: TenantLine;
  readonly #id = newStreamId();
  #mixMinus: boolean;
  #status: ListenStatus = {
    of: 'listen',
    phase: 'opening',
    codec: 'pcm',
    way: undefined,
    droppedFrames: 0,
    latePackets: 0,
    failure: undefined,
  };
  #report: ListenReport | undefined;

  /** `context` runs and has its worklets (unlockAudio). */
  constructor(net: NetLink, context: AudioContext, options: ListenOptions) {
    this.#context = context;
    this.#options = options;
    this.#mixMinus = options.mixMinus;
    this.#worklet = new AudioWorkletNode(context, 'weir-listen', {
      numberOfInputs: 0,
      outputChannelCount: [CHANNELS],
      processorOptions: { purpose: options.purpose } satisfies WorkletOptions,
    });
    this.#worklet.connect(context.destination);
    this.#worklet.port.onmessage = ({ data }: MessageEvent<ListenReport>) => {
      this.#report = data;
      options.changed();
    };
    this.#line = net.add({
      begin: (key, life) => this.#begin(key, life),
      told: (status) => this.#told(status),
      failed: (thrown) => this.#end(failureOf(thrown)),
    });
  }

  get device(): string {
    return this.#options.device;
  }

  get phase(): ListenPhase {
    return this.#status.phase;
  }

  get failure(): Failure | undefined {
    return this.#status.failure;
  }

  /** Of the last tenth of a second; undefined before anything was heard. */
  get report(): ListenReport | undefined {
    return this.#report;
  }

  get droppedFrames(): number {
    return this.#status.droppedFrames;
  }

  /** What was asked for. */
  get wish(): ListenWish {
    return this.#options;
  }

  get codec(): ListenStatus['codec'] {
    return this.#status.codec;
  }

  get latePackets(): number {
    return this.#status.latePackets + (this.#report?.latePackets ?? 0);
  }

  /** Undefined while nothing is heard, or the clocks are not joined. */
  get hops(): ListenHops | undefined {
    const { way } = this.#status;
    if (!way || !this.#report?.playing) return undefined;
    const { serverMs, networkMs, burstMs } = way;
    const jitterMs = (this.#report.delayFrames / RATE) * 1000;
    // Not every browser tells it.
    const deviceMs = ((this.#context.outputLatency as number | undefined) ?? this.#context.baseLatency) * 1000;
    return { serverMs, networkMs, jitterMs, workletMs: burstMs, deviceMs };
  }

  /** From the mix to this page's loudspeaker. */
  get latencyMs(): number | undefined {
    return this.hops && Object.values(this.hops).reduce<number>((sum, hopMs: number) => sum + hopMs, 0);
  }

  setMixMinus(mixMinus: boolean): void {
    if (this.phase === 'ended' || this.#mixMinus === mixMinus) return;
    this.#mixMinus = mixMinus;
    this.#line.order({ to: 'mix-minus', mixMinus });
  }

  stop(): void {
    this.#line.order({ to: 'stop' });
    this.#end(undefined);
  }

  async #begin(key: number, life: number): Promise<{ message: PageMessage; transfer: Transferable[] }> {
    const { port1, port2 } = new MessageChannel();
    const memory = canShareRings() ? queueMemory() : undefined;
    this.#order({ port: port1, memory }, [port1]);
    const { device, purpose, codec, latencyMs } = this.#options;
    const order = {
      seed: seedOf(this.#id, life),
      device,
      mixMinus: this.#mixMinus,
      wish: { purpose, codec, latencyMs },
      contextRate: this.#context.sampleRate,
      memory,
      port: port2,
    };
    return { message: { to: 'listen', key, order }, transfer: [port2] };
  }

  #told(status: StreamStatus): void {
    if (status.of !== 'listen' || this.phase === 'ended') return;
    if (status.phase === 'ended') return this.#end(status.failure);
    this.#status = status;
    this.#options.changed();
  }

  #order(order: WorkletOrder, transfer: Transferable[] = []): void {
    this.#worklet.port.postMessage(order, transfer);
  }

  #end(failure: Failure | undefined): void {
    if (this.phase === 'ended') return;
    this.#line.leave();
    this.#order('stop');
    this.#worklet.disconnect();
    this.#worklet.port.onmessage = null;
    this.#status = { ...this.#status, phase: 'ended', failure };
    this.#options.changed();
  }
}
