import type { weir } from '#proto';
import { WeirError } from '../../server/observe/errors.js';
import type { Connection, StreamListener } from './connection.js';
import type { Feed, PlaybackStatus } from './feed.js';
import { closingReason, newsOf, type StreamNewsListener } from './stream-news.js';
import type { TransportName } from './words.js';

export interface StreamFacts {
  readonly stream: number;
  /** Where it plays; follows moves. */
  readonly device: string;
  readonly transport: TransportName;
  readonly frameBytes: number;
}

/** One flow of sound towards an output. */
export class PlaybackStream implements StreamListener {
  readonly stream: number;
  readonly transport: TransportName;
  readonly frameBytes: number;
  readonly #connection: Connection;
  readonly #feed: Feed;
  readonly #listeners = new Set<StreamNewsListener>();
  #device: string;
  #end: WeirError | undefined;
  #fail: (reason: WeirError) => void = () => {};
  /** Rejects when the stream ends; what waits for the server races it. */
  readonly #failed: Promise<never>;
  /** Writes take turns. */
  #turn: Promise<void> = Promise.resolve();

  constructor(connection: Connection, facts: StreamFacts, feed: Feed) {
    this.stream = facts.stream;
    this.transport = facts.transport;
    this.frameBytes = facts.frameBytes;
    this.#device = facts.device;
    this.#connection = connection;
    this.#feed = feed;
    this.#failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => {});
    connection.addStream(this.stream, this);
  }

  get device(): string {
    return this.#device;
  }

  /** Why the stream ended; nothing while it lives. */
  get end(): WeirError | undefined {
    return this.#end;
  }

  /** What the server measures; nothing for a stream of copies (ask `snapshot` there). */
  status(): PlaybackStatus | undefined {
    return this.#end === undefined ? this.#feed.status() : undefined;
  }

  /** Calls `listener` for whatever happens to the stream, until the returned function is called. */
  onNews(listener: StreamNewsListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Plays whole interleaved frames; resolves when the server has room for all of them (back-pressure). The bytes must
   * stay as they are until then. Several writes at once are played in their order.
   * @throws WeirError the stream or the connection ended meanwhile · RangeError not whole frames
   */
  write(frames: Uint8Array): Promise<void> {
    if (frames.length % this.frameBytes !== 0) {
      return Promise.reject(new RangeError(`${frames.length} bytes are not whole frames of ${this.frameBytes}`));
    }
    const written = this.#turn.then(() => this.#push(frames));
    this.#turn = written.catch(() => {});
    return written;
  }

  /**
   * Resolves when the last frame written has left the device. More may be written afterwards.
   * @throws WeirError DEVICE_LOST, or why the stream ended
   */
  async drain(): Promise<void> {
    await this.#turn;
    this.#mustLive();
    const drained = this.#connection.request({ drainStream: { stream: this.stream } }, () => {}, {
      timeoutMs: Infinity,
    });
    await Promise.race([drained, this.#failed]);
  }

  /** Stops or goes on, without a click; what is queued stays. */
  async pause(paused: boolean): Promise<void> {
    this.#mustLive();
    await this.#connection.request({ pauseStream: { stream: this.stream, paused } }, () => {});
    this.#feed.paused(paused);
  }

  /** Moves the stream's fader: 1 is unity, 0 to 1.5. */
  async setVolume(volume: number): Promise<void> {
    this.#mustLive();
    await this.#connection.request({ setLevel: { stream: this.stream, volume } }, () => {});
  }

  /** Ends the stream; what was not heard yet is not heard. Closing twice is harmless. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#finish(new WeirError('STREAM_CLOSED', 'the stream was closed'));
    await this.#connection.request({ closeStream: { stream: this.stream } }, () => {}).catch(ignoreGone);
  }

  async #push(frames: Uint8Array): Promise<void> {
    for (let rest = frames; rest.length > 0;) {
      this.#mustLive();
      const bytes = Math.min(rest.length, this.#feed.roomFrames() * this.frameBytes);
      if (bytes === 0) {
        await this.#feed.waitForRoom();
      } else {
        this.#feed.push(rest.subarray(0, bytes));
        rest = rest.subarray(bytes);
      }
    }
  }

  #mustLive(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  #finish(reason: WeirError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#connection.removeStream(this.stream);
    this.#feed.close();
    this.#fail(reason);
  }

  event(event: weir.v1.StreamEvent.$Properties): void {
    const news = newsOf(event);
    if (news === undefined) return;
    if (event.fillFrames && event.quantumFrames) this.#feed.timing(event.fillFrames, event.quantumFrames);
    if (news.device !== '') this.#device = news.device;
    if (news.kind === 'closed') this.#finish(closingReason(news));
    for (const listener of [...this.#listeners]) listener(news);
  }

  granted(frames: number): void {
    this.#feed.granted(frames);
  }

  audio(): void {}

  ended(reason: WeirError): void {
    this.#finish(reason);
  }
}

/** A stream that cannot be closed because it or the server is gone is closed. */
export function ignoreGone(error: unknown): void {
  if (!(error instanceof WeirError)) throw error;
}
