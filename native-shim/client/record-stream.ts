import type { weir } from '#proto';
import { WeirError } from '../../server/observe/errors.js';
import type { Connection, StreamListener } from './connection.js';
import { ignoreGone, type StreamFacts } from './playback-stream.js';
import type { RecordStatus, RecordTap } from './record-tap.js';
import { closingReason, newsOf, type StreamNewsListener } from './stream-news.js';
import type { TransportName } from './words.js';

/**
 * One flow of sound from an input or a monitor: iterate it for chunks of whole interleaved frames, each the reader's own.
 * The iteration ends after `close`, and throws when the server ends the stream.
 */
export class RecordStream implements StreamListener, AsyncIterable<Uint8Array> {
  readonly stream: number;
  readonly transport: TransportName;
  readonly frameBytes: number;
  readonly #connection: Connection;
  readonly #tap: RecordTap;
  readonly #listeners = new Set<StreamNewsListener>();
  #device: string;
  #end: WeirError | undefined;
  #closedByUs = false;
  #readFrames = 0;

  constructor(connection: Connection, facts: StreamFacts, tap: RecordTap) {
    this.stream = facts.stream;
    this.transport = facts.transport;
    this.frameBytes = facts.frameBytes;
    this.#device = facts.device;
    this.#connection = connection;
    this.#tap = tap;
    connection.addStream(this.stream, this);
  }

  get device(): string {
    return this.#device;
  }

  get end(): WeirError | undefined {
    return this.#end;
  }

  /** Frames handed out so far. */
  get readFrames(): number {
    return this.#readFrames;
  }

  /** Frames that were recorded but came too late for this reader, or for the server's own queue. */
  get lostFrames(): number {
    return this.#tap.lostFrames();
  }

  /** What the server measures; nothing for a stream of copies. */
  status(): RecordStatus | undefined {
    return this.#end === undefined ? this.#tap.status() : undefined;
  }

  onNews(listener: StreamNewsListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What came before the end is given before the end is told. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const frames = this.#tap.read();
      if (frames !== undefined) {
        this.#readFrames += frames.length / this.frameBytes;
        yield frames;
      } else if (this.#end === undefined) {
        await this.#tap.waitForFrames();
      } else if (this.#closedByUs) {
        return;
      } else {
        throw this.#end;
      }
    }
  }

  /** Stops recording; what had come by now can still be read. Closing twice is harmless. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#closedByUs = true;
    this.#finish(new WeirError('STREAM_CLOSED', 'the stream was closed'));
    await this.#connection.request({ closeStream: { stream: this.stream } }, () => {}).catch(ignoreGone);
  }

  #finish(reason: WeirError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#connection.removeStream(this.stream);
    this.#tap.close();
  }

  event(event: weir.v1.StreamEvent.$Properties): void {
    const news = newsOf(event);
    if (news === undefined) return;
    if (event.quantumFrames) this.#tap.timing(event.quantumFrames);
    if (news.device !== '') this.#device = news.device;
    if (news.kind === 'closed') this.#finish(closingReason(news));
    for (const listener of [...this.#listeners]) listener(news);
  }

  granted(): void {}

  audio(packet: weir.v1.AudioPacket.$Properties): void {
    this.#tap.packet(packet.frame ?? 0, packet.data ?? new Uint8Array(0));
  }

  ended(reason: WeirError): void {
    this.#finish(reason);
  }
}
