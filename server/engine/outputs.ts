import type { DeviceSpec } from '../device/device-spec.js';
import { prepareOutput } from '../device/prepare-output.js';
import { WeirError } from '../observe/errors.js';
import { defaultOutput } from '../policy/default-output.js';
import { REVIVE_FIRST_MS, REVIVE_LAST_MS } from './limits.js';
import { Output } from './output.js';

const CHECK_INTERVAL_MS = 100;

/** When a lost device is tried again, and how long that was put off. */
interface Retry {
  dueMs: number;
  afterMs: number;
}

export interface OutputsEvents {
  /** Anything that the mixer shows of an output changed. */
  changed(): void;
  /** Told once, however often it cannot be opened again. */
  lost(output: Output, why: WeirError): void;
  /** An output can be used (again): streams without one may try it. */
  usable(): void;
}

/** Every output of the machine, which one is the default, and the watch over their engine threads. */
export class Outputs {
  readonly #outputs: Output[];
  readonly #events: OutputsEvents;
  readonly #timer: NodeJS.Timeout;
  readonly #retries = new Map<Output, Retry>();
  #preferred: string | undefined;

  constructor(specs: readonly DeviceSpec[], events: OutputsEvents) {
    this.#events = events;
    this.#outputs = specs.map(
      (spec) =>
        new Output(spec, prepareOutput(spec), {
          changed: () => {
            events.changed();
          },
          lost: (output, why) => {
            const last = this.#retries.get(output);
            const afterMs = last ? Math.min(2 * last.afterMs, REVIVE_LAST_MS) : REVIVE_FIRST_MS;
            this.#retries.set(output, { dueMs: performance.now() + afterMs, afterMs });
            if (!last) events.lost(output, why);
            events.changed();
          },
          found: (output) => {
            this.#retries.delete(output);
            events.usable();
          },
        }),
    );
    this.#timer = setInterval(() => {
      this.#check();
    }, CHECK_INTERVAL_MS);
  }

  get all(): readonly Output[] {
    return this.#outputs;
  }

  get default(): Output | undefined {
    const choice = defaultOutput(
      this.#outputs.map((output) => ({
        name: output.name,
        lost: output.lost !== undefined,
        microphone: output.spec.microphone ?? false,
        output,
      })),
      this.#preferred,
    );
    return choice?.output;
  }

  setDefault(name: string): WeirError | undefined {
    const output = this.find(name);
    if (output instanceof WeirError) return output;
    this.#preferred = output.name;
    this.#events.changed();
    return undefined;
  }

  /** The output of that name; the default one for an empty name. */
  find(name: string): Output | WeirError {
    if (name === '') {
      return this.default ?? new WeirError('DEVICE_LOST', 'no output works at the moment');
    }
    return (
      this.#outputs.find((output) => output.name === name) ??
      new WeirError('DEVICE_NOT_FOUND', `there is no output "${name}"`)
    );
  }

  /** The output whose monitor has that name; the default one's for an empty name. */
  findMonitor(name: string): Output | WeirError {
    if (name === '') return this.find('');
    return (
      this.#outputs.find((output) => output.monitorName === name) ??
      new WeirError('DEVICE_NOT_FOUND', `there is no input or monitor "${name}"`)
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#outputs.map((output) => output.close()));
  }

  #check(): void {
    const nowMs = performance.now();
    for (const output of this.#outputs) output.check(nowMs);
    for (const [output, retry] of this.#retries) {
      if (nowMs < retry.dueMs) continue;
      retry.dueMs = Infinity;
      output.revive();
    }
  }
}
