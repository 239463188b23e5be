import type { Attachment } from '../engine/attachment.js';
import type { Output } from '../engine/output.js';

export interface BerthEvents {
  /** Joins the output, going on from where the ring stands. */
  attach(output: Output): Attachment;
  /** The engine touches the ring no more: how far it came, and what it counted, is final. */
  left(attachment: Attachment): void;
}

/**
 * Where a stream is attached: to one output at most, and to the next one only when the engine has let go of its ring.
 * Wishes that come while it lets go replace each other.
 */
export class Berth {
  readonly #events: BerthEvents;
  #output: Output | undefined;
  #attachment: Attachment | undefined;
  #wanted: Output | undefined;
  #arrived: (() => void) | undefined;
  #leaving = false;

  constructor(events: BerthEvents) {
    this.#events = events;
  }

  /** Attached and staying: whom orders for the stream go to. */
  get attachment(): Attachment | undefined {
    return this.#leaving ? undefined : this.#attachment;
  }

  /** Where the engine has the ring now, also while it is letting go. */
  get held(): Attachment | undefined {
    return this.#attachment;
  }

  /** Goes to `output`, or nowhere; `arrived` is called once it is there, now or later, and never if another wish came first. */
  go(output: Output | undefined, arrived?: () => void): void {
    this.#wanted = output;
    this.#arrived = arrived;
    this.#step();
  }

  /** The output is gone and has let go already. */
  orphan(): void {
    this.#wanted = undefined;
    this.#arrived = undefined;
    this.#depart();
  }

  #step(): void {
    if (this.#leaving) return;
    const attachment = this.#attachment;
    if (attachment && this.#output !== this.#wanted) {
      this.#leaving = true;
      this.#output?.detach(attachment, () => {
        this.#depart();
        this.#step();
      });
      return;
    }
    if (!attachment && this.#wanted) {
      this.#output = this.#wanted;
      this.#attachment = this.#events.attach(this.#wanted);
    }
    const arrived = this.#arrived;
    this.#arrived = undefined;
    arrived?.();
  }

  #depart(): void {
    const attachment = this.#attachment;
    this.#leaving = false;
    this.#attachment = undefined;
    this.#output = undefined;
    if (attachment) this.#events.left(attachment);
  }
}
