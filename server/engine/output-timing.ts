import type { DeviceSpec } from '../device/device-spec.js';
import { chooseQuantum } from '../policy/quantum.js';
import type { Attachment, PlayRequest } from './attachment.js';
import { QUANTUM_MAX_FRAMES } from './limits.js';
import type { Succession } from './succession.js';
import { type StreamTiming, streamTiming } from './timing.js';

/** What a stream's timing follows from, attached or not. */
export interface TimingWish extends Pick<PlayRequest, 'latencyFrames' | 'spec'> {
  readonly memory: Pick<PlayRequest['memory'], 'capacityFrames'>;
  readonly startFrames?: number | undefined;
}

/** The quantum of one output: what its streams wish for together, and what that means for each. */
export class OutputTiming {
  readonly #spec: DeviceSpec;
  readonly #threads: Succession;
  #quantumFrames: number;

  constructor(spec: DeviceSpec, threads: Succession) {
    this.#spec = spec;
    this.#threads = threads;
    this.#quantumFrames = this.#wanted([]);
  }

  /** Of the device as it is open, or as it would be opened. */
  get rate(): number {
    return this.#threads.slots?.device.rate ?? this.#spec.rate;
  }

  get quantumFrames(): number {
    return this.#quantumFrames;
  }

  timingOf({ latencyFrames, spec, memory, startFrames }: TimingWish): StreamTiming {
    const timing = streamTiming(latencyFrames, spec, this.rate, this.#quantumFrames, memory.capacityFrames);
    return { ...timing, startFrames: startFrames ?? timing.startFrames };
  }

  /** Makes the quantum follow the streams' wishes, and tells them what that means for them. True when it is another now. */
  follow(attachments: ReadonlySet<Attachment>): boolean {
    const frames = this.#wanted(attachments);
    if (frames === this.#quantumFrames) return false;
    this.#quantumFrames = frames;
    // First those who fill a ring by the quantum: a longer one takes all at once, maybe as soon as it is ordered.
    for (const attachment of attachments) attachment.retime(this.timingOf(attachment.request));
    const { slots } = this.#threads;
    slots?.post({ kind: 'quantum', frames });
    for (const attachment of attachments) {
      const { fillFrames, startFrames } = this.timingOf(attachment.request);
      slots?.order(attachment, (slot) => ({ kind: 'fill', slot, fillFrames, startFrames }));
    }
    return true;
  }

  /** As `follow`, for a thread that has just opened the device: whatever the quantum was, it has not heard of it. */
  begin(attachments: ReadonlySet<Attachment>): void {
    this.#quantumFrames = 0;
    this.follow(attachments);
  }

  #wanted(attachments: Iterable<Attachment>): number {
    const { rate } = this;
    const device = this.#threads.slots?.device;
    return chooseQuantum({
      wantedFrames: Array.from(attachments, ({ request }) =>
        Math.floor((request.latencyFrames * rate) / request.spec.rate),
      ),
      realtime: device?.realtime ?? true,
      fixedFrames: this.#spec.quantumFrames,
      limitFrames: device ? device.bufferFrames >> 1 : QUANTUM_MAX_FRAMES,
    });
  }
}
