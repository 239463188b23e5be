import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameSpec } from '../device/output-driver.js';
import type { DeviceSpec } from '../device/device-spec.js';
import type { PreparedOutput } from '../device/prepare-output.js';
import type { WeirError } from '../observe/errors.js';
import { gainOfVolume } from '../policy/volume.js';
import { Attachment, type AttachEvents, type PlayRequest, type TapRequest } from './attachment.js';
import { Attachments } from './attachments.js';
import type { LevelReading, OutputReading } from './blocks.js';
import type { OpenedDevice } from './engine-thread-handle.js';
import { FreshMeters } from './fresh-meters.js';
import { FADE_OUT_LIMIT_MS, LOOK_AHEAD_FRAMES } from './limits.js';
import { OutputTiming, type TimingWish } from './output-timing.js';
import { Succession } from './succession.js';
import type { StreamTiming } from './timing.js';

export interface OutputEvents {
  /** What the mixer shows of it changed. */
  changed(output: Output): void;
  /** Its device failed; its streams are orphaned already. */
  lost(output: Output, why: WeirError): void;
  /** Its device, lost before, was opened again. */
  found(output: Output): void;
}

/**
 * One output on the main thread: its fader, and the streams attached to it. An engine thread runs while there are any; when it
 * is replaced, they go on where they were.
 */
export class Output {
  volume = 1;
  muted = false;
  /** Each channel's share of the fader's position, the loudest being 1; empty: they are alike. */
  balance: readonly number[] = [];
  lost: WeirError | undefined;
  /** Its device is somebody else's for now: whatever plays here stands still. */
  suspended = false;
  readonly #threads: Succession;
  readonly #timing: OutputTiming;
  readonly #meters = new FreshMeters();
  readonly #streams = new Attachments();
  #closed = false;

  readonly #released = (attachment: Attachment): void => {
    this.#remove(attachment);
    attachment.detaching?.();
  };

  constructor(
    readonly spec: DeviceSpec,
    readonly prepared: PreparedOutput,
    readonly events: OutputEvents,
  ) {
    this.#threads = new Succession(spec.name, prepared.plan, {
      wanted: () => !this.#closed && !this.suspended && (this.#streams.all.size > 0 || this.lost !== undefined),
      opened: () => {
        this.#opened();
      },
      signalled: () => {
        this.#threads.slots?.hearNews(this.#released);
      },
      replaced: () => {
        this.#letGo();
        if (this.#streams.all.size > 0) this.#threads.start();
        this.events.changed(this);
      },
      lost: (why) => {
        this.#lose(why);
      },
    });
    this.#timing = new OutputTiming(spec, this.#threads);
  }

  get name(): string {
    return this.spec.name;
  }

  get monitorName(): string {
    return `${this.spec.name}.monitor`;
  }

  /** As it is open now. */
  get device(): OpenedDevice | undefined {
    return this.#threads.slots?.device;
  }

  get running(): boolean {
    return this.device !== undefined;
  }

  get restarts(): number {
    return this.#threads.restarts;
  }

  get unendedThreads(): number {
    return this.#threads.unendedThreads;
  }

  get rate(): number {
    return this.#timing.rate;
  }

  get channels(): number {
    return this.device?.channels ?? this.spec.channels;
  }

  get quantumFrames(): number {
    return this.#timing.quantumFrames;
  }

  get attachments(): ReadonlySet<Attachment> {
    return this.#streams.all;
  }

  /** Numbers measured by the running thread. */
  get reading(): OutputReading | undefined {
    return this.#threads.slots?.blocks.output();
  }

  /** Measured: from the end of the mix, limiter included, to the speaker. */
  get deviceDelayUs(): number {
    const delayFrames = (this.reading?.delayFrames ?? LOOK_AHEAD_FRAMES) - LOOK_AHEAD_FRAMES;
    return Math.max(0, Math.round((delayFrames * 1e6) / this.rate));
  }

  /** Why it takes no more streams of that shape from that client. */
  refusal(spec: FrameSpec, client: number, live = false): WeirError | undefined {
    return this.#streams.refusal(spec, client, live, this.rate);
  }

  /** Joins a stream: at once where the thread runs, else as soon as its device is open. */
  attach(request: PlayRequest | TapRequest, events: AttachEvents): Attachment {
    const attachment = new Attachment(request, events);
    // Asked before, but others may have come meanwhile: it goes where streams go whose output is gone.
    if (this.refusal(request.spec, request.client, attachment.live)) {
      attachment.refused = setImmediate(() => {
        events.orphaned();
      });
      return attachment;
    }
    this.#streams.add(attachment, this.rate);
    this.#retune();
    attachment.told = this.timingOf(request);
    this.#threads.start();
    this.#threads.slots?.place(attachment, attachment.told);
    return attachment;
  }

  /** Fades a stream out and calls `released` when the engine touches its ring no more. */
  detach(attachment: Attachment, released: () => void): void {
    clearImmediate(attachment.refused);
    if (!this.#streams.all.has(attachment)) return released();
    if (attachment.slot === undefined) {
      this.#remove(attachment);
      return released();
    }
    attachment.detaching = released;
    this.#threads.slots?.order(attachment, (slot) => ({ kind: 'detach', slot }));
  }

  setGain(attachment: Attachment, gain: number): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.gain = gain;
    this.#threads.slots?.order(attachment, (slot) => ({ kind: 'gain', slot, gain }));
  }

  setPaused(attachment: Attachment, paused: boolean): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.paused = paused;
    this.#threads.slots?.order(attachment, (slot) => ({ kind: 'pause', slot, paused }));
  }

  setBalance(attachment: Attachment, gains: readonly number[]): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.balance = gains;
    this.#threads.slots?.order(attachment, (slot) => ({ kind: 'balance', slot, gains }));
  }

  /** A stream starts, or starts again, once so many frames are there. */
  setStart(attachment: Attachment, startFrames: number): void {
    const { request } = attachment;
    if (request.kind !== 'play') return;
    request.startFrames = startFrames;
    const { fillFrames } = this.timingOf(attachment.request);
    this.#threads.slots?.order(attachment, (slot) => ({ kind: 'fill', slot, fillFrames, startFrames }));
  }

  /** What lies before `frame` (since open) of a playback stream is not heard any more. */
  skip(attachment: Attachment, frame: number): void {
    this.#threads.slots?.order(attachment, (slot) => ({ kind: 'skip', slot, frame }));
  }

  /** What `act` orders takes effect in one quantum, or not at all. */
  together(act: () => void): void {
    const { slots } = this.#threads;
    if (slots) slots.together(act);
    else act();
  }

  drain(attachment: Attachment): void {
    if (attachment.request.kind !== 'play') return;
    attachment.request.draining = true;
    this.#threads.slots?.order(attachment, (slot) => ({ kind: 'drain', slot }));
  }

  setLevel(volume: number, muted: boolean, balance = this.balance): void {
    this.volume = volume;
    this.muted = muted;
    this.balance = balance;
    this.#threads.slots?.post({ kind: 'output-gain', gains: this.#gains() });
    this.events.changed(this);
  }

  /** Lets go of the device, or takes it again. Settles when the device is closed; streams go on where they were once it is open again. */
  async setSuspended(suspended: boolean): Promise<void> {
    if (suspended !== this.suspended) {
      this.suspended = suspended;
      this.events.changed(this);
    }
    // Who asks while another's wish is carried out waits for the same.
    if (suspended) await this.#threads.rest();
    else if (this.#streams.all.size > 0) this.#threads.start();
  }

  timingOf(wish: TimingWish): StreamTiming {
    return this.#timing.timingOf(wish);
  }

  /** A stream wants another latency from now on: the quantum follows. */
  setLatency({ request }: Attachment, latencyFrames: number): void {
    request.latencyFrames = latencyFrames;
    this.#retune();
  }

  /** A stream's, or without one its own. */
  levels(attachment?: Attachment): LevelReading | undefined {
    return this.#threads.slots?.levels(attachment);
  }

  /** True when new levels are there; asks for the next ones. Meant to be called many times a second while somebody looks. */
  takeMeters(): boolean {
    return this.#meters.take(this.#threads.slots?.blocks);
  }

  /** Called a few times a second: sees what moved, has the engine thread watched. */
  check(nowMs: number): void {
    this.#collect();
    const stopped = this.#threads.check(nowMs, this.#streams.all.size > 0);
    if (stopped) this.events.changed(this);
  }

  /** For the server's end, when its streams have been closed: they fade out, then the device is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    const deadlineMs = performance.now() + FADE_OUT_LIMIT_MS;
    while (this.#streams.all.size > 0 && performance.now() < deadlineMs) {
      await sleep(10);
      this.#collect();
    }
    const closed = this.#threads.close();
    this.#letGo();
    this.#streams.takeAll();
    await closed;
    await this.prepared.close();
  }

  /** Tries the lost device once more: `found` or `lost` follows. */
  revive(): void {
    if (this.lost) this.#threads.start();
  }

  #opened(): void {
    const { slots } = this.#threads;
    slots?.post({ kind: 'output-gain', gains: this.#gains() });
    this.#timing.begin(this.#streams.all);
    for (const attachment of this.#streams.all) slots?.place(attachment, this.timingOf(attachment.request));
    if (this.lost) {
      this.lost = undefined;
      this.events.found(this);
    }
    this.events.changed(this);
  }

  #collect(): void {
    this.#threads.slots?.collect(this.#released);
  }

  #lose(why: WeirError): void {
    this.lost = why;
    this.#letGo();
    for (const orphan of this.#streams.takeAll()) orphan.events.orphaned();
    this.events.lost(this, why);
  }

  /** The thread is gone, and with it what it would have said of streams that are leaving. */
  #letGo(): void {
    for (const attachment of [...this.#streams.all]) {
      if (!attachment.detaching) continue;
      this.#streams.remove(attachment);
      attachment.detaching();
    }
  }

  #remove(attachment: Attachment): void {
    this.#streams.remove(attachment);
    this.#retune();
  }

  #retune(): void {
    if (this.#timing.follow(this.#streams.all)) this.events.changed(this);
  }

  /** One for all channels where a balance says nothing, or was for a device of other channels. */
  #gains(): number[] {
    const shares = this.balance.length === this.channels ? this.balance : [1];
    return shares.map((share) => (this.muted ? 0 : gainOfVolume(this.volume * share)));
  }
}
