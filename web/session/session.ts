import { type weir } from '#proto';
import { backOffMs } from '../carrier/backoff.js';
import type { ClientBody, ServerMessage } from '../carrier/carrier.js';
import { WebSocketCarrier } from '../carrier/web-socket-carrier.js';
import { ServerClock, nowUs } from './clock.js';
import { pageFailure, Refusal, type Failure } from './failure.js';
import { SESSION_LIMITS } from './limits.js';
import { failureFrom, Requests } from './requests.js';

const PROTOCOL = { major: 1, minor: 0 };

/** After these the server does not want us back: a person decides. */
const FINAL_CODES = new Set(['KICKED', 'VERSION_MISMATCH', 'NOT_ALLOWED', 'ORIGIN_REFUSED', 'PEER_UNKNOWN']);

export type Connection =
  | { readonly phase: 'connecting'; readonly failure?: Failure }
  | { readonly phase: 'live'; readonly client: number; readonly serverName: string; readonly serverVersion: string }
  | { readonly phase: 'waiting'; readonly failure: Failure }
  | { readonly phase: 'ended'; readonly failure: Failure };

export interface SessionEvents {
  connection(connection: Connection): void;
  snapshot(snapshot: weir.v1.Snapshot.$Properties): void;
  patch(patch: weir.v1.Patch.$Properties): void;
  meters(meters: weir.v1.Meters.$Properties): void;
}

/** What one stream of ours is told. */
export interface StreamNews {
  event?(event: weir.v1.StreamEvent.$Properties): void;
  grant?(grantedFrames: number): void;
  audio?(packet: weir.v1.AudioPacket.$Properties): void;
  /** The connection ended, and the stream's number with it. */
  lost?(): void;
}

/** This page's place in the mixer: one session after the other over as many connections as it takes. */
export class Session {
  readonly #url: URL;
  readonly #name: string;
  readonly #events: SessionEvents;
  readonly #streams = new Map<number, StreamNews>();
  readonly #whenLive = new Set<() => void>();
  #carrier: WebSocketCarrier | undefined;
  #requests = new Requests();
  #connection: Connection = { phase: 'connecting' };
  #attempt = 0;
  #lastFailure: Failure | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #pingSentUs: number | undefined;
  #metersHz = 0;
  clock = new ServerClock();

  /** `name` is what a person calls this client. */
  constructor(url: URL, name: string, events: SessionEvents) {
    this.#url = url;
    this.#name = name;
    this.#events = events;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Audio should wait: the network does not take what was sent. */
  get congested(): boolean {
    return this.#carrier?.congested ?? true;
  }

  /** Connects at once, also when it would have waited or had ended. */
  connect(): void {
    if (this.#connection.phase === 'live' || this.#carrier) return;
    clearTimeout(this.#retry);
    this.#lastFailure = undefined;
    this.#requests = new Requests();
    this.clock = new ServerClock();
    const failure = this.#connection.phase === 'waiting' ? this.#connection.failure : undefined;
    this.#become(failure ? { phase: 'connecting', failure } : { phase: 'connecting' });
    // An abandoned connection may still speak when the next one is there.
    const carrier: WebSocketCarrier = new WebSocketCarrier(this.#url, {
      opened: () => void (carrier === this.#carrier && this.#hello()),
      received: (message) => void (carrier === this.#carrier && this.#receive(message)),
      closed: (reason) => void (carrier === this.#carrier && this.#closed(reason)),
    });
    this.#carrier = carrier;
    this.#watch();
  }

  /** The answer to a request; rejected with a Refusal that says why and what to do. */
  request(body: ClientBody): Promise<ServerMessage> {
    const carrier = this.#carrier;
    if (!carrier)
      return Promise.reject(new Refusal(pageFailure('CONNECTION_LOST', 'There is no connection to the server.')));
    const { id, answer } = this.#requests.open();
    carrier.send(body, id);
    return answer;
  }

  /** Sends what nobody answers: audio. */
  send(body: ClientBody): void {
    this.#carrier?.send(body);
  }

  /** News of stream number `stream` go to `news` until the returned function is called or the connection ends. */
  route(stream: number, news: StreamNews): () => void {
    this.#streams.set(stream, news);
    return () => {
      if (this.#streams.get(stream) === news) this.#streams.delete(stream);
    };
  }

  /** Calls `callback` at the start of every session from now on; returns what stops that. */
  whenLive(callback: () => void): () => void {
    this.#whenLive.add(callback);
    return () => this.#whenLive.delete(callback);
  }

  /** Levels this often; 0 while nobody looks. */
  setMetersHz(metersHz: number): void {
    if (this.#metersHz === metersHz) return;
    this.#metersHz = metersHz;
    if (this.#connection.phase === 'live') this.#subscribe();
  }

  async #hello(): Promise<void> {
    const requests = this.#requests;
    try {
      const { welcome } = await this.request({ hello: { ...PROTOCOL, name: this.#name, sharedMemory: false } });
      if (requests !== this.#requests || !welcome) return;
      this.#attempt = 0;
      const { client = 0, serverName = '', serverVersion = '' } = welcome;
      this.#become({
        phase: 'live',
        client: client ?? 0,
        serverName: serverName ?? '',
        serverVersion: serverVersion ?? '',
      });
      this.#subscribe();
      for (const callback of [...this.#whenLive]) callback();
    } catch (thrown) {
      if (thrown instanceof Refusal) this.#lastFailure ??= thrown.failure;
      this.#carrier?.close();
    }
  }

  #subscribe(): void {
    // A refusal ends the connection, and #closed tells it.
    this.request({ subscribe: { state: true, metersHz: this.#metersHz } }).catch(() => this.#carrier?.close());
  }

  #receive(message: ServerMessage): void {
    if (message.meters) return this.#events.meters(message.meters);
    if (message.audio) return this.#streams.get(message.audio.stream ?? 0)?.audio?.(message.audio);
    if (message.grant) return this.#streams.get(message.grant.stream ?? 0)?.grant?.(message.grant.frames ?? 0);
    if (message.patch) return this.#events.patch(message.patch);
    if (message.snapshot) this.#events.snapshot(message.snapshot);
    if (message.clockPong) this.#pong(message.clockPong);
    if (message.streamEvent) this.#streams.get(message.streamEvent.stream ?? 0)?.event?.(message.streamEvent);
    if (!this.#requests.settle(message) && message.failure) this.#lastFailure = failureFrom(message.failure);
  }

  #pong({ t1Us, t2Us, t3Us }: weir.v1.ClockPong.$Properties): void {
    this.#pingSentUs = undefined;
    this.clock.exchanged(t1Us ?? 0, t2Us ?? 0, t3Us ?? 0, nowUs());
  }

  /** Pings; gives the connection up when one stays unanswered. A throttled timer kills nobody: the answer is there when it fires. */
  #watch(): void {
    const startedMs = performance.now();
    clearInterval(this.#heartbeat);
    this.#pingSentUs = undefined;
    this.#heartbeat = setInterval(() => {
      const now = performance.now();
      if (this.#connection.phase !== 'live') {
        if (now - startedMs > SESSION_LIMITS.helloMs) this.#abandon();
        return;
      }
      if (this.#pingSentUs === undefined) {
        this.#pingSentUs = nowUs();
        this.request({ clockPing: { t1Us: this.#pingSentUs } }).catch(() => undefined);
      } else if (now - this.#pingSentUs / 1000 > SESSION_LIMITS.silentMs) this.#abandon();
    }, SESSION_LIMITS.pingMs);
  }

  /** The peer does not answer: do not wait for its closing handshake either. */
  #abandon(): void {
    this.#lastFailure = pageFailure('CONNECTION_LOST', 'The server does not answer.');
    this.#closed('');
  }

  #closed(reason: string): void {
    const carrier = this.#carrier;
    if (!carrier) return;
    this.#carrier = undefined;
    carrier.close();
    clearInterval(this.#heartbeat);
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    const wasLive = this.#connection.phase === 'live';
    const what = wasLive ? 'The connection to the server was lost.' : 'The server cannot be reached.';
    const failure = this.#lastFailure ?? { ...pageFailure('CONNECTION_LOST', what), ...(reason && { code: reason }) };
    const isFinal = FINAL_CODES.has(failure.code);
    this.#become({ phase: isFinal ? 'ended' : 'waiting', failure });
    this.#requests.fail(failure);
    for (const stream of streams) stream.lost?.();
    if (!isFinal) this.#retry = setTimeout(() => this.connect(), backOffMs(this.#attempt++, Math.random()));
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    this.#events.connection(connection);
  }
}
