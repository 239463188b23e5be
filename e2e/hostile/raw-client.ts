import { weir } from '#proto';
import { type Answer, PROTOCOL_MAJOR, PROTOCOL_MINOR, type Request } from '../../native-shim/client/connection.js';
import { Deframer, frameOf } from '../../native-shim/client/framing.js';
import { SERVER_MESSAGE_BYTES } from '../../native-shim/client/limits.js';
import {
  close,
  connect,
  must,
  nowNs,
  pollReadable,
  receive,
  send,
  sleepUntilNs,
  SysError,
} from '../../native-shim/sys.js';

const ANSWER_LIMIT_MS = 10_000;
const FDS_MAX = 12;

export function sleepMs(ms: number): void {
  sleepUntilNs(nowNs() + ms * 1e6);
}

/** The protocol without manners: sends whatever it is given, blocks, reads only when it is told to. */
export class RawClient {
  readonly fd: number;
  /** The last Failure that was no answer: the server's last words. */
  lastWords = '';
  readonly fds: number[] = [];
  readonly #deframer = new Deframer(SERVER_MESSAGE_BYTES);
  #lastRequest = 0;
  #ended = false;

  constructor(socket: string) {
    this.fd = must(connect(socket));
  }

  static greeted(socket: string, name = 'attacker'): RawClient {
    const client = new RawClient(socket);
    const answer = client.ask({ hello: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR, name, sharedMemory: true } });
    if (answer !== 'welcome') throw new Error(`no welcome: ${answer}`);
    return client;
  }

  /** Sends all of it; false when the server has closed. */
  send(bytes: Uint8Array, fds: readonly number[] = []): boolean {
    for (let rest = bytes, fdsLeft = fds; rest.length > 0;) {
      const sent = send(this.fd, rest, fdsLeft);
      if (sent instanceof SysError) {
        if (sent.errno !== 'EAGAIN' && sent.errno !== 'ENOBUFS') return false;
        sleepMs(1);
        continue;
      }
      rest = rest.subarray(sent);
      fdsLeft = [];
    }
    return true;
  }

  /** Says it without waiting for what comes of it. */
  tell(message: weir.v1.ClientMessage.$Properties, fds: readonly number[] = []): boolean {
    return this.send(frameOf(message), fds);
  }

  /** The answer in one word: what it is, or the code of the refusal; `ended CODE` when the connection ended instead. */
  ask(request: Request, fds: readonly number[] = []): string {
    const answer = this.request(request, fds);
    if (answer === undefined) return `ended ${this.lastWords}`;
    return answer.body === 'failure' ? (answer.failure.code ?? '') : (answer.body ?? '');
  }

  request(request: Request, fds: readonly number[] = []): Answer | undefined {
    const requestId = ++this.#lastRequest;
    this.send(frameOf({ ...request, requestId }), fds);
    return this.await((message) => message.requestId === requestId);
  }

  /** Reads until a message is the one; undefined when the connection ended before. */
  await(isIt: (message: Answer) => boolean, limitMs = ANSWER_LIMIT_MS): Answer | undefined {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const message = this.#next(deadline);
      if (message === undefined || isIt(message)) return message;
    }
  }

  /** Reads what comes until the server closes; its last words. */
  awaitEnd(limitMs = ANSWER_LIMIT_MS): string {
    this.await(() => false, limitMs);
    return this.lastWords;
  }

  /** Whether the server still answers here. */
  get alive(): boolean {
    return this.ask({ clockPing: { t1Us: 1 } }) === 'clockPong';
  }

  close(): void {
    close(this.fd);
    for (const fd of this.fds) close(fd);
  }

  #next(deadline: number): Answer | undefined {
    for (;;) {
      const bytes = this.#deframer.next();
      if (bytes instanceof Error) throw bytes;
      if (bytes !== undefined) return this.#noted(weir.v1.ServerMessage.decode(bytes));
      if (this.#ended) return undefined;
      const waitMs = Math.ceil(deadline - performance.now());
      if (waitMs <= 0 || pollReadable(this.fd, waitMs) === 0) throw new Error(`the server said nothing more in time`);
      this.#read();
    }
  }

  #read(): void {
    const got = receive(this.fd, this.#deframer.room(), FDS_MAX);
    if (got instanceof SysError) {
      if (got.errno !== 'EAGAIN') this.#ended = true;
      return;
    }
    this.#ended = got.length === 0;
    this.fds.push(...got.fds);
    this.#deframer.filled(got.length);
  }

  #noted(message: Answer): Answer {
    if (message.body === 'failure' && message.requestId === 0) this.lastWords = message.failure.code ?? '';
    return message;
  }
}
