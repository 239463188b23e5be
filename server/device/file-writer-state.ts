/** Words that a file's writer thread shares with the main thread and the engine threads. */
export const STATE_BYTES = 32;
const STAGE = 0;
const ERRNO = 1;
const WAKE = 2;
const CLOSING = 3;

/** asked: the writer is to open its file, or to try again · playing: it takes frames · failed: see `errno`. */
const STAGES = { asked: 0, playing: 1, failed: 2 } as const;

/** How the threads around one file talk: one life, asked → playing ⇄ failed. */
export class FileWriterState {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  get failed(): boolean {
    return Atomics.load(this.#words, STAGE) === STAGES.failed;
  }

  get asked(): boolean {
    return Atomics.load(this.#words, STAGE) === STAGES.asked;
  }

  get closing(): boolean {
    return Atomics.load(this.#words, CLOSING) === 1;
  }

  /** Errno of the failure; 0 where it has none. */
  get errno(): number {
    return Atomics.load(this.#words, ERRNO);
  }

  /** Engine: has a writer that failed try again, and waits until it plays. False: it failed, or the time is over. */
  awaitPlaying(limitMs: number): boolean {
    if (Atomics.compareExchange(this.#words, STAGE, STAGES.failed, STAGES.asked) === STAGES.failed) this.wake();
    Atomics.wait(this.#words, STAGE, STAGES.asked, limitMs);
    return Atomics.load(this.#words, STAGE) === STAGES.playing;
  }

  /** Main: the file is to be finished. */
  close(): void {
    Atomics.store(this.#words, CLOSING, 1);
    this.wake();
  }

  wake(): void {
    Atomics.add(this.#words, WAKE, 1);
    Atomics.notify(this.#words, WAKE);
  }

  /** Writer: sleeps until it is woken, at most `limitMs`. */
  sleep(limitMs: number, seen: number): void {
    Atomics.wait(this.#words, WAKE, seen, limitMs);
  }

  /** Writer: to be read before looking at the other words, and given to `sleep`. */
  get wakes(): number {
    return Atomics.load(this.#words, WAKE);
  }

  playing(): void {
    this.#enter(STAGES.playing);
  }

  fail(errno: number): void {
    Atomics.store(this.#words, ERRNO, errno);
    this.#enter(STAGES.failed);
  }

  #enter(stage: number): void {
    Atomics.store(this.#words, STAGE, stage);
    Atomics.notify(this.#words, STAGE);
  }
}
