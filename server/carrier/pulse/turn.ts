import { Outbox } from '../../../native-shim/outbox.js';

/** Something with answers to send. */
export interface Sender {
  post(outbox: Outbox): void;
  /** Sends what did not leave with the others'. */
  flush(): void;
}

/** Gathers who has something to send: at the end of the loop's turn one message each, however many answers there are, and one call for all. */
export class Turn {
  readonly #outbox = new Outbox();
  #senders = new Set<Sender>();
  #end: NodeJS.Immediate | undefined;
  readonly #beforeSending: () => void;

  constructor(beforeSending: () => void) {
    this.#beforeSending = beforeSending;
  }

  add(sender: Sender): void {
    this.#senders.add(sender);
    this.#end ??= setImmediate(() => {
      this.#end = undefined;
      // Who goes away while it is sent to may give others something to say: that is the next turn's.
      const senders = this.#senders;
      this.#senders = new Set();
      this.#beforeSending();
      for (const waiting of senders) waiting.post(this.#outbox);
      this.#outbox.send();
      for (const waiting of senders) waiting.flush();
    });
  }

  close(): void {
    clearImmediate(this.#end);
    this.#senders.clear();
  }
}
