import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Programs } from './programs.js';

/** CLOCK_MONOTONIC in ms. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the machine kept threads waiting that nothing of what is measured comes before. */
export interface Standstills {
  /** All processors at once: the whole machine. */
  readonly whole: readonly Span[];
  /** One of them at least; those of `whole` included. */
  readonly any: readonly Span[];
  /** False: the threads had no real-time priority, and may have waited for what is measured itself. */
  readonly realtime: boolean;
}

/** Less is what any kernel does now and then, and no sound waits for. */
const LEAST_MS = 3;
/** A run of 10 min on the worst of machines. */
const OUTPUT_BYTES = 4 * 1024 * 1024;

const runFile = promisify(execFile);

export const lastsMs = ({ fromMs, toMs }: Span): number => toMs - fromMs;

/** Sees, beside whatever is measured, when the machine itself stands still: a virtual one is taken its processors away. */
export class MachineWatch implements AsyncDisposable {
  readonly #run: ReturnType<typeof runFile>;
  readonly #leastMs: number;

  static start({ path }: Programs, leastMs = LEAST_MS): MachineWatch {
    return new MachineWatch(path.standstills, leastMs);
  }

  private constructor(program: string, leastMs: number) {
    this.#leastMs = leastMs;
    this.#run = runFile(program, [String(Math.round(leastMs * 1000))], { maxBuffer: OUTPUT_BYTES });
  }

  /** What it has seen; it ends with that. */
  async stop(): Promise<Standstills> {
    this.#run.child.stdin?.end();
    return standstillsOf((await this.#run).stdout.toString(), this.#leastMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Of the lines that bench/c/standstills.c writes. */
function standstillsOf(text: string, leastMs: number): Standstills {
  const [[count = 0, realtime] = [], ...lates] = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  const processors = Array.from({ length: count }, (_, processor) =>
    lates.flatMap(([at, fromNs = 0, toNs = 0]) =>
      at === processor ? [{ fromMs: fromNs / 1e6, toMs: toNs / 1e6 }] : [],
    ),
  );
  const whole = processors.reduce((spans, others) => spans.flatMap((a) => others.flatMap((b) => shared(a, b))));
  return {
    whole: whole.filter((span) => lastsMs(span) >= leastMs),
    any: joined(processors.flat()),
    realtime: realtime === 1,
  };
}

function shared(a: Span, b: Span): Span[] {
  const both = { fromMs: Math.max(a.fromMs, b.fromMs), toMs: Math.min(a.toMs, b.toMs) };
  return both.fromMs < both.toMs ? [both] : [];
}

/** Spans that touch each other are one. */
function joined(spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = whole.at(-1);
    if (last && fromMs <= last.toMs) whole[whole.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, toMs) };
    else whole.push({ fromMs, toMs });
  }
  return whole;
}
