import type { Attachment, PlayRequest, TapRequest } from './attachment.js';
import type { BlockReader, LevelReading } from './blocks.js';
import type { EngineThread, OpenedDevice } from './engine-thread-handle.js';
import type { Attach, Order } from './orders.js';
import { dropResampler, makeLiveResampler, makeResampler, SharedResamplers } from './resamplers.js';
import type { StreamTiming } from './timing.js';

/**
 * The streams that one engine thread has, each in the slot of its block, and what the thread was lent for them. They stand
 * from the opening of its device to its end or its being given up; the next thread begins with slots of its own.
 */
export class Slots {
  readonly #thread: EngineThread;
  readonly #taken: (Attachment | undefined)[] = [];
  readonly #tapResamplers = new SharedResamplers();
  /** Orders that are gathered. */
  #batch: Order[] | undefined;

  constructor(
    thread: EngineThread,
    readonly device: OpenedDevice,
  ) {
    this.#thread = thread;
  }

  get blocks(): BlockReader {
    return this.#thread.blocks;
  }

  /** Gives a stream a slot, and the thread its ring. */
  place(attachment: Attachment, timing: StreamTiming): void {
    const slot = this.#take(attachment);
    const { request } = attachment;
    this.blocks.clear(slot, request.frames);
    request.lease.take();
    if (request.kind === 'play') this.#play(attachment, slot, request, timing);
    else this.#tap(attachment, slot, request);
  }

  post(order: Order): void {
    if (this.#batch) this.#batch.push(order);
    else this.#thread.orders.post(order);
  }

  /** What `act` orders takes effect in one quantum, or not at all. */
  together(act: () => void): void {
    const batch: Order[] = (this.#batch = []);
    act();
    this.#batch = undefined;
    if (batch.length > 0) this.#thread.orders.post(...batch);
  }

  /** Orders something about a stream, if it has a slot. */
  order({ slot }: Attachment, order: (slot: number) => Order): void {
    if (slot !== undefined) this.post(order(slot));
  }

  /** A stream's, or without one the output's own. */
  levels(attachment?: Attachment): LevelReading | undefined {
    if (!attachment) return this.blocks.levels(undefined, this.device.channels);
    if (attachment.slot === undefined) return undefined;
    return this.blocks.levels(attachment.slot, attachment.request.spec.channels);
  }

  /** Looks at every stream's block: news for its owner, and for `released` those whose memory the thread has given back. */
  collect(released: (attachment: Attachment) => void): void {
    for (const attachment of this.#taken) this.#look(attachment, released);
  }

  /** The same for the streams that the thread has something new of: at every quantum there are few of them. */
  hearNews(released: (attachment: Attachment) => void): void {
    for (const slot of this.blocks.takeNews()) this.#look(this.#taken[slot], released);
    for (const slot of this.blocks.takeDue()) this.#taken[slot]?.events.due?.();
  }

  #look(attachment: Attachment | undefined, released: (attachment: Attachment) => void): void {
    // What its owner, or another one, did about news may have taken it away.
    if (attachment?.slot === undefined) return;
    const now = this.blocks.stream(attachment.slot);
    if (now.released === 0) return attachment.hear(now);
    attachment.last = now;
    this.#taken[attachment.slot] = undefined;
    attachment.slot = undefined;
    this.#giver(attachment)();
    released(attachment);
  }

  /**
   * The thread is gone or given up: nothing of it is read again. What it may still hold is kept: to be given back, by the
   * function returned, when it has ended.
   */
  vacate(): () => void {
    const placed = this.#taken.filter((attachment) => attachment !== undefined);
    this.#taken.length = 0;
    const givingBack = placed.map((attachment) => {
      if (attachment.slot !== undefined) attachment.last = this.blocks.stream(attachment.slot);
      attachment.unplace();
      return this.#giver(attachment);
    });
    return () => {
      for (const give of givingBack) give();
    };
  }

  #play(attachment: Attachment, slot: number, request: PlayRequest, timing: StreamTiming): void {
    const { gain, paused, fadeIn, live, spec, balance, stream } = request;
    const { fillFrames, startFrames } = timing;
    const make = live ? makeLiveResampler : makeResampler;
    attachment.resampler = make(spec.channels, spec.rate, this.device.rate);
    this.#thread.orders.post(
      { kind: 'play', ...lent(attachment, slot), gain, paused, fadeIn, live, stream, fillFrames, startFrames },
      ...(request.draining ? [{ kind: 'drain', slot } as const] : []),
      ...(balance ? [{ kind: 'balance', slot, gains: balance } as const] : []),
    );
  }

  #tap(attachment: Attachment, slot: number, { spec, client, mixMinus, solo }: TapRequest): void {
    const what = solo !== 0 ? `solo ${solo}` : mixMinus ? `minus ${client}` : 'mix';
    attachment.resampler = this.#tapResamplers.take(this.device.rate, spec, what);
    this.#thread.orders.post({ kind: 'tap', ...lent(attachment, slot), mixMinus, solo });
  }

  #take(attachment: Attachment): number {
    const free = this.#taken.findIndex((taken) => taken === undefined);
    const slot = free === -1 ? this.#taken.length : free;
    this.#taken[slot] = attachment;
    attachment.slot = slot;
    return slot;
  }

  /** What to do once the thread cannot touch any more what it was lent for this stream. */
  #giver({ request, resampler }: Attachment): () => void {
    return () => {
      if (request.kind === 'tap') this.#tapResamplers.give(resampler);
      else dropResampler(resampler);
      request.lease.give();
    };
  }
}

/** What every order that places a stream lends the thread. */
function lent({ request, resampler }: Attachment, slot: number): Attach {
  const { memory, spec, wakeFd, client, frames } = request;
  return { slot, memory, spec, resampler, wakeFd, client, frames };
}
