import type { Sample } from '../stream/sample.js';
import type { Guest } from './guest.js';

/** The samples of every connection, each in its owner's own namespace; they go with the connection. */
export class Samples {
  readonly #of = new Map<Guest, Map<string, Sample>>();

  count(owner: Guest): number {
    return this.#of.get(owner)?.size ?? 0;
  }

  find(owner: Guest, name: string): Sample | undefined {
    return this.#of.get(owner)?.get(name);
  }

  /** Replaces one of the same name; what still plays of that one goes on. */
  put(owner: Guest, name: string, sample: Sample): void {
    const samples = this.#of.get(owner) ?? new Map<string, Sample>();
    samples.get(name)?.drop();
    samples.set(name, sample);
    this.#of.set(owner, samples);
  }

  remove(owner: Guest, name: string): boolean {
    this.find(owner, name)?.drop();
    return this.#of.get(owner)?.delete(name) ?? false;
  }

  leave(owner: Guest): void {
    for (const sample of this.#of.get(owner)?.values() ?? []) sample.drop();
    this.#of.delete(owner);
  }
}
