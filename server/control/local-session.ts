import { weir } from '#proto';
import { type ErrorCode, ERRORS, WeirError } from '../observe/errors.js';
import type { CarrierName, Identity, Inlet, Reception } from '../session/port.js';
import { HTTP_LIMITS } from './limits.js';

type Request = Omit<weir.v1.IClientMessage, 'requestId'>;

interface Waiting {
  resolve(answer: weir.v1.ServerMessage): void;
  reject(error: WeirError): void;
}

/** What makes a session more than one request. */
export interface LocalSessionOptions {
  readonly carrier: CarrierName;
  readonly name: string;
  /** What was told and not yet taken further. */
  queuedBytes(): number;
  /** All that answers nothing: sound, events. */
  news(message: weir.v1.ServerMessage): void;
  /** The server ended it. */
  ended(): void;
}

const ONE_REQUEST: LocalSessionOptions = {
  carrier: 'http',
  name: 'HTTP',
  queuedBytes: () => 0,
  news: () => {},
  ended: () => {},
};

/** The protocol that this side speaks. */
const VERSION = { major: 1, minor: 1 };

/**
 * A session inside the server, on behalf of one HTTP request and as long as that: what it may do is decided as for everyone else.
 * Refusals are thrown as WeirError.
 */
export class LocalSession implements Disposable {
  readonly #waiting = new Map<number, Waiting>();
  readonly #inlet: Inlet;
  readonly #options: LocalSessionOptions;
  #lastRequest = 0;
  #client = 0;

  private constructor(reception: Reception, peer: Identity, options: LocalSessionOptions) {
    this.#options = options;
    const inlet = reception.accept(
      { ...peer, carrier: options.carrier, sharedMemory: false },
      {
        send: (message) => this.#take(weir.v1.ServerMessage.decode(message)),
        queuedBytes: () => options.queuedBytes(),
        close: () => {
          this.#refuseAll(new WeirError('KICKED', 'the session was ended before it answered'));
          options.ended();
        },
      },
    );
    if (inlet instanceof WeirError) throw inlet;
    this.#inlet = inlet;
  }

  static async open(reception: Reception, peer: Identity, options = ONE_REQUEST): Promise<LocalSession> {
    const session = new LocalSession(reception, peer, options);
    try {
      const { welcome } = await session.request({ hello: { ...VERSION, name: options.name } });
      session.#client = welcome?.client ?? 0;
      return session;
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#inlet.closed();
  }

  /** Its answer; a Failure is thrown, and so is none within `answerMs` (NO_ANSWER). */
  request(body: Request): Promise<weir.v1.ServerMessage> {
    const requestId = (this.#lastRequest += 1);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(requestId);
      };
      const waiting: Waiting = {
        resolve: (answer) => (settle(), resolve(answer)),
        reject: (error) => (settle(), reject(error)),
      };
      const timer = setTimeout(
        () => waiting.reject(new WeirError('NO_ANSWER', `no answer within ${HTTP_LIMITS.answerMs} ms`)),
        HTTP_LIMITS.answerMs,
      );
      this.#waiting.set(requestId, waiting);
      this.#inlet.receive(weir.v1.ClientMessage.encode({ ...body, requestId }).finish(), []);
    });
  }

  /** Devices, streams and clients as they are now, this session itself left out. */
  async snapshot(): Promise<weir.v1.ISnapshot> {
    const { snapshot } = await this.request({ subscribe: { state: true } });
    if (!snapshot) throw new WeirError('NO_ANSWER', 'the answer to Subscribe held no Snapshot');
    return { ...snapshot, clients: snapshot.clients?.filter(({ client }) => client !== this.#client) };
  }

  #take(message: weir.v1.ServerMessage): void {
    const { failure, requestId } = message;
    if (!failure && requestId === 0) return this.#options.news(message);
    if (!failure) return this.#waiting.get(requestId)?.resolve(message);
    const error = new WeirError(knownCode(failure.code), failure.what ?? '');
    if (requestId === 0) this.#refuseAll(error);
    else this.#waiting.get(requestId)?.reject(error);
  }

  #refuseAll(error: WeirError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }
}

function knownCode(code: string | null | undefined): ErrorCode {
  return isErrorCode(code) ? code : 'INTERNAL';
}

function isErrorCode(code: string | null | undefined): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}
