import type { FrameSpec } from '../device/output-driver.js';
import { WeirError } from '../observe/errors.js';
import { EngineLoad, streamCostUs } from '../policy/engine-load.js';
import type { Attachment } from './attachment.js';
import { SLOT_LIMIT } from './limits.js';

/** The streams attached to one output, and what they take of its thread's time. */
export class Attachments {
  readonly #all = new Set<Attachment>();
  #load = new EngineLoad();

  get all(): ReadonlySet<Attachment> {
    return this.#all;
  }

  /** Why there is no place for one more of that shape from that client. */
  refusal({ channels, rate }: FrameSpec, client: number, live: boolean, deviceRate: number): WeirError | undefined {
    if (this.#all.size >= SLOT_LIMIT) {
      return new WeirError('TOO_MANY_STREAMS', 'the output carries as many streams as it can');
    }
    return this.#load.refusal(client, streamCostUs(channels, rate, deviceRate, live));
  }

  add(attachment: Attachment, deviceRate: number): void {
    const { spec, client } = attachment.request;
    attachment.costUs = streamCostUs(spec.channels, spec.rate, deviceRate, attachment.live);
    this.#load.charge(client, attachment.costUs);
    this.#all.add(attachment);
  }

  remove(attachment: Attachment): void {
    if (this.#all.delete(attachment)) this.#load.release(attachment.request.client, attachment.costUs);
  }

  /** All of them; from now on there is none. */
  takeAll(): Attachment[] {
    const all = [...this.#all];
    this.#all.clear();
    this.#load = new EngineLoad();
    return all;
  }
}
