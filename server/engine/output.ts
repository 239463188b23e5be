import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameSpec } from '../device/output-driver.js';
import type { DeviceSpec } from '../device/device-spec.js';
import type { PreparedOutput } from '../device/prepare-output.js';
import { WeirError } from '../observe/errors.js';
import { logOf } from '../observe/log.js';
import { EngineLoad, streamCostUs } from '../policy/engine-load.js';
import { chooseQuantum } from '../policy/quantum.js';
import { gainOfVolume } from '../policy/volume.js';
import { joinOrders } from './join-orders.js';
import { Attachment, type AttachEvents, type PlayRequest, type TapRequest } from './attachment.js';
import type { LevelReading, OutputReading } from './blocks.js';
import { EngineThread, type OpenedDevice } from './engine-thread-handle.js';
import {
  FADE_OUT_LIMIT_MS,
  HANDOVER_LIMIT_MS,
  IDLE_STOP_MS,
  LOOK_AHEAD_FRAMES,
  QUANTUM_MAX_FRAMES,
  RESTART_LIMIT,
  RESTART_WINDOW_MS,
  SLOT_LIMIT,
} from './limits.js';
import { MeterAsking } from './meter-asking.js';
import type { Order } from './orders.js';
import { dropResampler, makeLiveResampler, makeResampler, SharedResamplers } from './resamplers.js';
import { type StreamTiming, streamTiming } from './timing.js';

const log = logOf('engine');

export interface OutputEvents {
  /** What the mixer shows of it changed. */
  changed(output: Output): void;
  /** Its device failed; its streams are orphaned already. */
  lost(output: Output, why: WeirError): void;
  /** Its device, lost before, was opened again. */
  found(output: Output): void;
}

/** What a stream's timing follows from, attached or not. */
export interface TimingWish extends Pick<PlayRequest, 'latencyFrames' | 'spec'> {
  readonly memory: Pick<PlayRequest['memory'], 'capacityFrames'>;
  readonly startFrames?: number | undefined;
}

/**
 * One output on the main thread: its fader, the streams attached to it, and the engine thread that runs while there are
 * any. A thread that stalls or crashes is replaced and its streams go on where they were.
 */
export class Output {
  volume = 1;
  muted = false;
  lost: WeirError | undefined;
  restarts = 0;
  /** Threads given up that have not ended, for good when they hang in a driver: memory lent to them stays mapped. */
  unendedThreads = 0;
  device: OpenedDevice | undefined;
  #thread: EngineThread | undefined;
  /** Settles when the thread that was stopped last has closed the device. */
  #handover: Promise<unknown> = Promise.resolve();
  #starting = false;
  #closed = false;
  #quantumFrames: number;
  readonly #attachments = new Set<Attachment>();
  #load = new EngineLoad();
  /** Of the running thread; one that is given up keeps its own until it has ended. */
  #tapResamplers = new SharedResamplers();
  readonly #slots: (Attachment | undefined)[] = [];
  #restartTimesMs: number[] = [];
  #idleSinceMs = 0;
  readonly #meters = new MeterAsking();
  /** Orders that are gathered. */
  #batch: Order[] | undefined;

  constructor(
    readonly spec: DeviceSpec,
    readonly prepared: PreparedOutput,
    readonly events: OutputEvents,
  ) {
    this.#quantumFrames = this.#wantedQuantum();
  }

  get name(): string {
    return this.spec.name;
  }

  get monitorName(): string {
    return `${this.spec.name}.monitor`;
  }

  get running(): boolean {
    return this.device !== undefined;
  }

  get rate(): number {
    return this.device?.rate ?? this.spec.rate;
  }

  get channels(): number {
    return this.device?.channels ?? this.spec.channels;
  }

  get quantumFrames(): number {
    return this.#quantumFrames;
  }

  /** Numbers measured by the running thread. */
  get reading(): OutputReading | undefined {
    return this.device && this.#thread?.blocks.output();
  }

  /** Measured: from the end of the mix, limiter included, to the speaker. */
  get deviceDelayUs(): number {
    const delayFrames = (this.reading?.delayFrames ?? LOOK_AHEAD_FRAMES) - LOOK_AHEAD_FRAMES;
    return Math.max(0, Math.round((delayFrames * 1e6) / this.rate));
  }

  /** Why it takes no more streams of that shape from that client. */
  refusal(spec: FrameSpec, client: number, live = false): WeirError | undefined {
    if (this.#attachments.size >= SLOT_LIMIT) {
      return new WeirError('TOO_MANY_STREAMS', `${this.name} carries as many streams as it can`);
    }
    return this.#load.refusal(client, this.#costUs(spec, live));
  }

  /** Joins a stream: at once where the thread runs, else as soon as its device is open. */
  attach(request: PlayRequest | TapRequest, events: AttachEvents): Attachment {
    const attachment = new Attachment(request, events);
    // Asked before, but others may have come meanwhile: it goes where streams go whose output is gone.
    const live = request.kind === 'play' && request.live;
    if (this.refusal(request.spec, request.client, live)) {
      attachment.refused = setImmediate(() => {
        events.orphaned();
      });
      return attachment;
    }
    attachment.costUs = this.#costUs(request.spec, live);
    this.#load.charge(request.client, attachment.costUs);
    this.#attachments.add(attachment);
    this.#idleSinceMs = 0;
    this.#retune();
    attachment.told = this.timingOf(attachment.request);
    if (!this.#thread) this.#start();
    else if (this.device) this.#place(attachment, this.device, this.#thread);
    return attachment;
  }

  /** Fades a stream out and calls `released` when the engine touches its ring no more. */
  detach(attachment: Attachment, released: () => void): void {
    clearImmediate(attachment.refused);
    if (!this.#attachments.has(attachment)) return released();
    if (attachment.slot === undefined || !this.#thread) {
      this.#remove(attachment);
      return released();
    }
    attachment.detaching = released;
    this.#thread.orders.post({ kind: 'detach', slot: attachment.slot });
  }

  setGain(attachment: Attachment, gain: number): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.gain = gain;
    this.#order(attachment, (slot) => ({ kind: 'gain', slot, gain }));
  }

  setPaused(attachment: Attachment, paused: boolean): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.paused = paused;
    this.#order(attachment, (slot) => ({ kind: 'pause', slot, paused }));
  }

  setBalance(attachment: Attachment, gains: readonly number[]): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.balance = gains;
    this.#order(attachment, (slot) => ({ kind: 'balance', slot, gains }));
  }

  /** A stream starts, or starts again, once so many frames are there. */
  setStart(attachment: Attachment, startFrames: number): void {
    const { request } = attachment;
    if (request.kind !== 'play') return;
    request.startFrames = startFrames;
    const { fillFrames } = this.timingOf(attachment.request);
    this.#order(attachment, (slot) => ({ kind: 'fill', slot, fillFrames, startFrames }));
  }

  /** What lies before `frame` (since open) of a playback stream is not heard any more. */
  skip(attachment: Attachment, frame: number): void {
    this.#order(attachment, (slot) => ({ kind: 'skip', slot, frame }));
  }

  /** What `act` orders takes effect in one quantum, or not at all. */
  together(act: () => void): void {
    const batch: Order[] = (this.#batch = []);
    act();
    this.#batch = undefined;
    if (batch.length > 0) this.#thread?.orders.post(...batch);
  }

  drain(attachment: Attachment): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.draining = true;
    this.#order(attachment, (slot) => ({ kind: 'drain', slot }));
  }

  setLevel(volume: number, muted: boolean): void {
    this.volume = volume;
    this.muted = muted;
    this.#thread?.orders.post({ kind: 'output-gain', gain: this.#gain() });
    this.events.changed(this);
  }

  timingOf({ latencyFrames, spec, memory, startFrames }: TimingWish): StreamTiming {
    const timing = streamTiming(latencyFrames, spec, this.rate, this.#quantumFrames, memory.capacityFrames);
    return { ...timing, startFrames: startFrames ?? timing.startFrames };
  }

  /** A stream wants another latency from now on: the quantum follows. */
  setLatency({ request }: Attachment, latencyFrames: number): void {
    request.latencyFrames = latencyFrames;
    this.#retune();
  }

  levels(attachment?: Attachment): LevelReading | undefined {
    if (!this.device || !this.#thread) return undefined;
    if (!attachment) return this.#thread.blocks.levels(undefined, this.channels);
    if (attachment.slot === undefined) return undefined;
    return this.#thread.blocks.levels(attachment.slot, attachment.request.spec.channels);
  }

  /** True when new levels are there; asks for the next ones. Meant to be called many times a second while somebody looks. */
  takeMeters(): boolean {
    return this.#meters.take(this.device && this.#thread?.blocks);
  }

  get attachments(): ReadonlySet<Attachment> {
    return this.#attachments;
  }

  /** Called a few times a second: sees what moved, replaces a thread that stalled, stops one that nobody needs. */
  check(nowMs: number): void {
    this.#collect();
    this.#thread?.check(nowMs);
    if (this.#attachments.size > 0 || !this.#thread) return;
    if (this.#idleSinceMs === 0) this.#idleSinceMs = nowMs;
    else if (nowMs - this.#idleSinceMs > IDLE_STOP_MS) this.#stop(this.#thread);
  }

  /** For the server's end, when its streams have been closed: they fade out, then the device is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    const deadlineMs = performance.now() + FADE_OUT_LIMIT_MS;
    while (this.#attachments.size > 0 && performance.now() < deadlineMs) {
      await sleep(10);
      this.#collect();
    }
    this.#unplaceAll((thread) => {
      this.#handOver(thread);
    });
    this.#attachments.clear();
    this.#load = new EngineLoad();
    await this.#handover;
    await this.prepared.close();
  }

  /** Tries the lost device once more: `found` or `lost` follows. */
  revive(): void {
    if (this.lost) this.#start();
  }

  /** A thread that was stopped may have the device open still: it gets a moment to close it. */
  #start(): void {
    if (this.#starting) return;
    this.#starting = true;
    void this.#handover.then(() => {
      this.#starting = false;
      if (this.#thread || this.#closed) return;
      if (this.#attachments.size > 0 || this.lost) this.#run();
    });
  }

  #run(): void {
    const thread: EngineThread | WeirError = EngineThread.start(this.prepared.plan, {
      opened: (device) => {
        this.#opened(device);
      },
      gone: (why) => {
        this.#lose(why);
      },
      signalled: () => {
        this.#collect();
      },
      failed: (why) => {
        this.#replace(why);
      },
    });
    if (thread instanceof WeirError) this.#lose(thread);
    else this.#thread = thread;
  }

  #opened(device: OpenedDevice): void {
    const thread = this.#thread;
    if (!thread) return;
    this.device = device;
    thread.orders.post({ kind: 'output-gain', gain: this.#gain() });
    this.#quantumFrames = 0; // whatever it was, this thread has not heard of it
    this.#retune();
    for (const attachment of this.#attachments) this.#place(attachment, device, thread);
    if (this.lost) {
      this.lost = undefined;
      this.events.found(this);
    }
    this.events.changed(this);
  }

  #place(attachment: Attachment, device: OpenedDevice, thread: EngineThread): void {
    const slot = this.#freeSlot(attachment);
    const { request } = attachment;
    thread.blocks.clear(slot, request.frames);
    attachment.slot = slot;
    request.lease.take();
    const { spec } = request;
    if (request.kind === 'tap') {
      const minus = request.mixMinus ? request.client : undefined;
      attachment.resampler = this.#tapResamplers.take(device.rate, spec, minus);
    } else {
      const make = request.live ? makeLiveResampler : makeResampler;
      attachment.resampler = make(spec.channels, spec.rate, device.rate);
    }
    thread.orders.post(...joinOrders(attachment, slot, this.timingOf(attachment.request)));
  }

  /** Looks at every stream's block: news for its owner, acknowledgements for us. */
  #collect(): void {
    const thread = this.#thread;
    if (!thread || !this.device) return;
    for (const attachment of this.#attachments) {
      if (attachment.slot === undefined) continue;
      const now = thread.blocks.stream(attachment.slot);
      if (now.released === 0) {
        attachment.hear(now);
        continue;
      }
      attachment.last = now;
      this.#remove(attachment);
      attachment.detaching?.();
    }
  }

  /** Makes the quantum follow the streams' wishes, and tells them what that means for them. */
  #retune(): void {
    const frames = this.#wantedQuantum();
    if (frames === this.#quantumFrames) return;
    this.#quantumFrames = frames;
    this.#thread?.orders.post({ kind: 'quantum', frames });
    for (const attachment of this.#attachments) {
      const timing = this.timingOf(attachment.request);
      const { quantumFrames, fillFrames, startFrames } = timing;
      this.#order(attachment, (slot) => ({ kind: 'fill', slot, fillFrames, startFrames }));
      const { told } = attachment;
      attachment.told = timing;
      // A newcomer learns it as it is answered.
      if (told && (told.quantumFrames !== quantumFrames || told.fillFrames !== fillFrames)) {
        attachment.events.timing(quantumFrames, fillFrames);
      }
    }
    this.events.changed(this);
  }

  #wantedQuantum(): number {
    const { rate } = this;
    const wantedFrames = Array.from(this.#attachments, ({ request }) =>
      Math.floor((request.latencyFrames * rate) / request.spec.rate),
    );
    return chooseQuantum({
      wantedFrames,
      realtime: this.device?.realtime ?? true,
      fixedFrames: this.spec.quantumFrames,
      limitFrames: this.device ? this.device.bufferFrames >> 1 : QUANTUM_MAX_FRAMES,
    });
  }

  #replace(why: string): void {
    const nowMs = performance.now();
    this.#restartTimesMs = [...this.#restartTimesMs.filter((t) => nowMs - t < RESTART_WINDOW_MS), nowMs];
    this.restarts++;
    // A device that hangs while it opens will hang again: its streams are better off elsewhere.
    if (!this.device) return this.#lose(new WeirError('DEVICE_LOST', `${this.name} did not open: ${why}`));
    if (this.#restartTimesMs.length > RESTART_LIMIT) {
      return this.#lose(
        new WeirError('DEVICE_LOST', `${this.name}: its engine thread failed again and again (${why})`),
      );
    }
    this.#unplaceAll((thread) => {
      thread.abandon();
    });
    log.warn({ device: this.name, unendedThreads: this.unendedThreads }, `engine thread replaced: ${why}`);
    if (this.#attachments.size > 0) this.#start();
    this.events.changed(this);
  }

  #lose(why: WeirError): void {
    this.lost = why;
    this.#unplaceAll((thread) => {
      thread.abandon();
    });
    const orphans = [...this.#attachments];
    this.#attachments.clear();
    this.#load = new EngineLoad();
    for (const attachment of orphans) attachment.events.orphaned();
    this.events.lost(this, why);
  }

  /** The thread is gone or given up: nothing of it is read again; memory that it may still hold is kept until it has ended. */
  #unplaceAll(end: (thread: EngineThread) => void): void {
    const thread = this.#thread;
    const handBack: (() => void)[] = [];
    for (const attachment of [...this.#attachments]) {
      if (thread && attachment.slot !== undefined) {
        attachment.last = thread.blocks.stream(attachment.slot);
        handBack.push(this.#returning(attachment));
      }
      attachment.unplace();
      if (attachment.detaching) {
        this.#forget(attachment);
        attachment.detaching();
      }
    }
    this.#slots.length = 0;
    this.#tapResamplers = new SharedResamplers();
    this.#thread = undefined;
    this.device = undefined;
    if (!thread) return;
    end(thread);
    const unended = thread.ended ? 0 : 1;
    this.unendedThreads += unended;
    void thread.exited.then(() => {
      this.unendedThreads -= unended;
      for (const give of handBack) give();
    });
  }

  #forget(attachment: Attachment): void {
    if (this.#attachments.delete(attachment)) this.#load.release(attachment.request.client, attachment.costUs);
  }

  #costUs({ channels, rate }: FrameSpec, live: boolean): number {
    return streamCostUs(channels, rate, this.rate, live);
  }

  #remove(attachment: Attachment): void {
    if (attachment.slot !== undefined) {
      this.#slots[attachment.slot] = undefined;
      attachment.slot = undefined;
      this.#returning(attachment)();
    }
    this.#forget(attachment);
    this.#retune();
  }

  /** What to do once no thread can touch what was lent for this attachment. */
  #returning({ request, resampler }: Attachment): () => void {
    const shared = this.#tapResamplers;
    return () => {
      if (request.kind === 'tap') shared.give(resampler);
      else dropResampler(resampler);
      request.lease.give();
    };
  }

  #stop(thread: EngineThread): void {
    this.#handOver(thread);
    this.#thread = undefined;
    this.device = undefined;
    this.#idleSinceMs = 0;
    this.events.changed(this);
  }

  #handOver(thread: EngineThread): void {
    thread.stop();
    this.#handover = Promise.race([thread.exited, sleep(HANDOVER_LIMIT_MS, undefined, { ref: false })]);
  }

  #freeSlot(attachment: Attachment): number {
    const free = this.#slots.findIndex((taken) => taken === undefined);
    const slot = free === -1 ? this.#slots.length : free;
    this.#slots[slot] = attachment;
    return slot;
  }

  #order(attachment: Attachment, order: (slot: number) => Order): void {
    if (attachment.slot === undefined || !this.device) return;
    if (this.#batch) this.#batch.push(order(attachment.slot));
    else this.#thread?.orders.post(order(attachment.slot));
  }

  #gain(): number {
    return this.muted ? 0 : gainOfVolume(this.volume);
  }
}
