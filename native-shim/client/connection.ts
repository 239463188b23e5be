import { weir } from '#proto';
import { ERRORS, type ErrorCode, WeirError } from '../../server/observe/errors.js';
import { discard } from '../sys.js';
import { frameOf } from './framing.js';
import { ANSWER_TIMEOUT_MS } from './limits.js';
import { FramedSocket } from './socket.js';

/** The protocol that this client speaks: majors must match, minors only add. */
export const PROTOCOL_MAJOR = 1;
export const PROTOCOL_MINOR = 0;

/** What comes with a ring: control, data, wake-up socket. */
const RING_FDS = 3;

export type Request = Omit<weir.v1.ClientMessage.$Properties, 'requestId'>;
export type Answer = weir.v1.ServerMessage.$Shape;

/** What a stream is told. None of these may throw. */
export interface StreamListener {
  event(event: weir.v1.StreamEvent.$Properties): void;
  /** Frames since open that may have been sent in all. */
  granted(frames: number): void;
  /** The packet's data lives until this returns. */
  audio(packet: weir.v1.AudioPacket.$Properties): void;
  /** The connection is gone, and the stream with it. */
  ended(reason: WeirError): void;
}

/** What nobody asked for by a request. */
export interface NewsListener {
  snapshot(snapshot: weir.v1.Snapshot.$Properties): void;
  patch(patch: weir.v1.Patch.$Properties): void;
  meters(meters: weir.v1.Meters.$Properties): void;
}

export interface RequestOptions {
  readonly fds?: readonly number[];
  /** How long the answer may take; Infinity for what lasts as long as sound. */
  readonly timeoutMs?: number;
}

export interface OpenOptions {
  readonly sharedMemory: boolean;
  /** own: the server must run as this user or as root. */
  readonly trust: 'own' | 'any';
}

interface Pending {
  answered(answer: Answer, fds: number[]): void;
  failed(error: WeirError): void;
}

const ignoreNews: NewsListener = { snapshot() {}, patch() {}, meters() {} };

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

function errorOf(failure: weir.v1.Failure.$Properties): WeirError {
  const code = failure.code ?? '';
  if (isErrorCode(code)) return new WeirError(code, failure.what ?? 'refused');
  return new WeirError('ERROR_UNFAMILIAR', `${code.slice(0, 64)}: ${failure.what ?? ''}`);
}

/** One connection to a server: requests and their answers, and news. Everything pending fails when it ends. */
export class Connection {
  readonly #socket: FramedSocket;
  readonly #pending = new Map<number, Pending>();
  readonly #streams = new Map<number, StreamListener>();
  readonly #whenFlushed: (() => void)[] = [];
  #lastRequest = 0;
  #lastWords: WeirError | undefined;
  #end: WeirError | undefined;
  #welcome: weir.v1.Welcome.$Properties = {};
  #resolveClosed: (reason: WeirError) => void = () => {};

  news: NewsListener = ignoreNews;
  /** Resolves with the reason when the connection has ended; never rejects. */
  readonly closed = new Promise<WeirError>((resolve) => {
    this.#resolveClosed = resolve;
  });

  private constructor(path: string) {
    this.#socket = FramedSocket.connect(path, {
      message: (bytes) => this.#receive(bytes),
      ended: (reason) => this.#ended(reason),
      flushed: () => {
        for (const flushed of this.#whenFlushed.splice(0)) flushed();
      },
    });
  }

  /**
   * Connects and says hello.
   * @throws WeirError SERVER_NOT_FOUND, SERVER_UNTRUSTED, NOT_ALLOWED, VERSION_MISMATCH, NO_ANSWER, or whatever the server refuses with
   */
  static async open(path: string, name: string, { sharedMemory, trust }: OpenOptions): Promise<Connection> {
    const connection = new Connection(path);
    const hello = { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR, name, sharedMemory };
    try {
      if (trust === 'own') connection.#mustBeOwn(path);
      connection.#welcome = await connection.request({ hello }, (answer) => {
        if (answer.body !== 'welcome')
          throw new WeirError('BAD_MESSAGE', 'the server did not answer Hello with Welcome');
        return answer.welcome;
      });
      const major = connection.#welcome.major ?? 0;
      if (major !== PROTOCOL_MAJOR) {
        throw new WeirError('VERSION_MISMATCH', `the server speaks protocol ${major}, this program ${PROTOCOL_MAJOR}`);
      }
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  get welcome(): weir.v1.Welcome.$Properties {
    return this.#welcome;
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  /**
   * Asks and waits. `accept` runs while the answer is handled, before any later message, so that a stream registered
   * there misses nothing; the descriptors that came with the answer are its own to close. What it throws rejects.
   */
  request<T>(body: Request, accept: (answer: Answer, fds: number[]) => T, options: RequestOptions = {}): Promise<T> {
    const requestId = this.#nextRequest();
    return new Promise<T>((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      const timeoutMs = options.timeoutMs ?? ANSWER_TIMEOUT_MS;
      const late = (): void => {
        this.#pending.delete(requestId);
        reject(new WeirError('NO_ANSWER', `the server did not answer within ${timeoutMs} ms`));
      };
      const timer = Number.isFinite(timeoutMs) ? setTimeout(late, timeoutMs) : undefined;
      this.#pending.set(requestId, {
        answered: (answer, fds) => {
          clearTimeout(timer);
          try {
            resolve(accept(answer, fds));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        failed: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#socket.send(frameOf({ ...body, requestId }), options.fds);
    });
  }

  /** Says without waiting: no answer comes. */
  tell(body: Request): void {
    this.#socket.send(frameOf(body));
  }

  /** Resolves when all that was sent so far is with the kernel, or the connection ended. */
  async flushed(): Promise<void> {
    if (this.#socket.queuedBytes === 0 || this.#end !== undefined) return;
    await new Promise<void>((resolve) => this.#whenFlushed.push(resolve));
  }

  addStream(stream: number, listener: StreamListener): void {
    this.#streams.set(stream, listener);
  }

  removeStream(stream: number): void {
    this.#streams.delete(stream);
  }

  close(): void {
    this.#socket.close();
  }

  #mustBeOwn(path: string): void {
    const uid = this.#socket.serverUid();
    if (uid === 0 || uid === process.getuid?.()) return;
    throw new WeirError('SERVER_UNTRUSTED', `${path} is served by user ${uid}, not by you or root`);
  }

  #nextRequest(): number {
    do {
      this.#lastRequest = (this.#lastRequest % 0xffffffff) + 1;
    } while (this.#pending.has(this.#lastRequest));
    return this.#lastRequest;
  }

  #receive(bytes: Uint8Array): void {
    let message: Answer;
    try {
      message = weir.v1.ServerMessage.decode(bytes);
    } catch {
      this.#lastWords ??= new WeirError('BAD_MESSAGE', 'the server sent a message that cannot be decoded');
      return this.#socket.close();
    }
    const requestId = message.requestId ?? 0;
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    const fds = this.#claimFds(message);
    if (pending === undefined) this.#abandon(message, fds);
    else if (message.body === 'failure') pending.failed(errorOf(message.failure));
    else pending.answered(message, fds);
    this.#tell(message, pending !== undefined);
  }

  #claimFds(message: Answer): number[] {
    const isRing = message.body === 'streamOpened' && message.streamOpened.transport === weir.v1.Transport.RING;
    return isRing ? this.#socket.takeFds(RING_FDS) : [];
  }

  /** A stream that was opened after we stopped waiting for it. */
  #abandon(message: Answer, fds: readonly number[]): void {
    for (const fd of fds) discard(fd);
    if (message.body === 'streamOpened') this.tell({ closeStream: { stream: message.streamOpened.stream } });
  }

  #tell(message: Answer, isAnswer: boolean): void {
    switch (message.body) {
      case 'failure':
        // About the connection when it is the last that is said; about a packet of ours otherwise.
        if (!isAnswer) this.#lastWords = errorOf(message.failure);
        return;
      case 'streamEvent':
        this.#streams.get(message.streamEvent.stream ?? 0)?.event(message.streamEvent);
        break;
      case 'grant':
        this.#streams.get(message.grant.stream ?? 0)?.granted(message.grant.frames ?? 0);
        break;
      case 'audio':
        this.#streams.get(message.audio.stream ?? 0)?.audio(message.audio);
        break;
      case 'snapshot':
        this.news.snapshot(message.snapshot);
        break;
      case 'patch':
        this.news.patch(message.patch);
        break;
      case 'meters':
        this.news.meters(message.meters);
        break;
      default: // answers: whoever asked has them
    }
    this.#lastWords = undefined;
  }

  #ended(reason: WeirError): void {
    const end = this.#lastWords ?? reason;
    this.#end = end;
    for (const pending of this.#pending.values()) pending.failed(end);
    this.#pending.clear();
    for (const flushed of this.#whenFlushed.splice(0)) flushed();
    for (const stream of [...this.#streams.values()]) stream.ended(end);
    this.#streams.clear();
    this.#resolveClosed(end);
  }
}
