import { Worker } from 'node:worker_threads';
import { inNoHurry } from '../../../native-shim/precedence.js';
import { logOf } from '../../observe/log.js';
import {
  ANSWER_LIMIT_MS,
  HUNG_THREADS,
  HURRY_AFTER_MS,
  IDENTITY_LIMITS,
  QUESTIONS,
  THREAD_HEAP,
  THREAD_IDLE_MS,
} from './limits.js';
import type { Answer, AskedQuestion, GivenAnswer, IdentityStart, Question } from './questions.js';

const log = logOf('identity');

/**
 * Asks what only /proc knows of other processes. It never looks itself: a thread does, started when it is first needed,
 * and where a look hangs, the thread is left behind and the next question gets a new one.
 */
export class IdentityDesk {
  readonly #start: IdentityStart;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #hung = new Set<Worker>();
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor({ procRoot = '/proc', limits = IDENTITY_LIMITS }: Partial<IdentityStart> = {}) {
    this.#start = { procRoot, limits };
  }

  /** Never rejects; answered within ANSWER_LIMIT_MS, if only with `failed`. */
  ask(question: Question): Promise<Answer> {
    if (this.#waiting.size >= QUESTIONS) return Promise.resolve({ failed: 'too many peers are looked at already' });
    const thread = (this.#thread ??= this.#startThread());
    if (!thread) return Promise.resolve({ failed: 'looking at processes hangs' });
    clearTimeout(this.#idle);
    const asked: AskedQuestion = { id: (this.#lastId += 1), ...question };
    return new Promise((settle) => {
      const timer = setTimeout(() => this.#doubt(asked.id), ANSWER_LIMIT_MS);
      this.#waiting.set(asked.id, (answer) => {
        clearTimeout(timer);
        settle(answer);
      });
      thread.postMessage(asked);
    });
  }

  #startThread(): Worker | undefined {
    if (this.#hung.size >= HUNG_THREADS) return undefined;
    try {
      const options = { workerData: this.#start, execArgv: [], resourceLimits: THREAD_HEAP };
      const start = () => new Worker(new URL('./identity-thread.js', import.meta.url), options);
      const { started: thread, hurry } = inNoHurry(start);
      // Where many programs are busy it would not even begin in time.
      const late = setTimeout(hurry, HURRY_AFTER_MS).unref();
      thread.once('message', () => clearTimeout(late));
      thread.on('message', ({ id, ...answer }: GivenAnswer) => this.#hear(id, answer));
      let why = 'the thread that looks at processes ended';
      thread.on('error', (error) => (why = error.message));
      thread.on('exit', () => {
        clearTimeout(late);
        this.#hung.delete(thread);
        if (this.#thread === thread) this.#dismiss(why);
      });
      thread.unref();
      return thread;
    } catch {
      // The machine or the user's quota is out of threads.
      return undefined;
    }
  }

  #hear(id: number, answer: Answer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#dismiss('')?.terminate(), THREAD_IDLE_MS).unref();
  }

  /** The time is over. Where it was this loop that stood still, the answer lies in the queue: it goes first. */
  #doubt(id: number): void {
    setImmediate(() => {
      if (this.#waiting.has(id)) this.#giveUp();
    });
  }

  #giveUp(): void {
    const thread = this.#dismiss(`looking at processes took longer than ${ANSWER_LIMIT_MS} ms`);
    if (!thread) return;
    this.#hung.add(thread);
    log.warn({ hung: this.#hung.size }, 'a look at other processes hangs in the kernel; its thread is left behind');
    // It ends when the kernel lets go of it.
    void thread.terminate();
  }

  /** No thread any more; whoever waits for it is told why. */
  #dismiss(why: string): Worker | undefined {
    const thread = this.#thread;
    this.#thread = undefined;
    for (const settle of this.#waiting.values()) settle({ failed: why });
    this.#waiting.clear();
    return thread;
  }
}
