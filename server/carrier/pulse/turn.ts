/** Something with answers to send. */
export interface Sender {
  flush(): void;
}

/** Gathers who has something to send: one send each at the end of the loop's turn, however many answers there are. */
export class Turn {
  readonly #senders = new Set<Sender>();
  #end: NodeJS.Immediate | undefined;

  add(sender: Sender): void {
    this.#senders.add(sender);
    this.#end ??= setImmediate(() => {
      this.#end = undefined;
      for (const waiting of this.#senders) waiting.flush();
      this.#senders.clear();
    });
  }

  close(): void {
    clearImmediate(this.#end);
    this.#senders.clear();
  }
}
