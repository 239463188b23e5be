import type { weir } from '#proto';
import { backOffMs } from '../carrier/backoff.js';
import type { CarrierName, ClientBody, ServerMessage } from '../carrier/carrier.js';
import { CARRIER_LIMITS } from '../carrier/limits.js';
import { WebSocketCarrier } from '../carrier/web-socket-carrier.js';
import { WebTransportCarrier } from '../carrier/web-transport-carrier.js';
import { hasWebTransport } from '../carrier/web-transport-offer.js';
import { BetterTries } from './better-tries.js';
import { ServerClock } from './clock.js';
import { pageFailure, Refusal, type Failure } from './failure.js';
import { SESSION_LIMITS } from './limits.js';
import { Line, type LineEvents } from './line.js';
import type { Answer } from './requests.js';
import { type StreamNews, StreamRoutes } from './stream-routes.js';

/** After these the server does not want us back: a person decides. */
const FINAL_CODES = new Set([
  'KICKED',
  'VERSION_MISMATCH',
  'NOT_ALLOWED',
  'ORIGIN_REFUSED',
  'PEER_UNKNOWN',
  'PAIRING_REVOKED',
]);

export type Connection =
  | { readonly phase: 'connecting'; readonly failure?: Failure }
  | {
      readonly phase: 'live';
      readonly client: number;
      readonly serverName: string;
      readonly serverVersion: string;
      readonly carrier: CarrierName;
    }
  | { readonly phase: 'waiting'; readonly failure: Failure }
  | { readonly phase: 'ended'; readonly failure: Failure };

export interface SessionEvents {
  connection(connection: Connection): void;
  snapshot(snapshot: weir.v1.Snapshot.$Properties): void;
  patch(patch: weir.v1.Patch.$Properties): void;
  meters(meters: weir.v1.Meters.$Properties): void;
}

/**
 * This page's place in the mixer, over as many connections as it takes. WebSocket connects at once; WebTransport is tried beside
 * it, and when it speaks, the streams move over (OpenStream.resume) and WebSocket is closed. When WebTransport dies, the
 * same happens the other way round: the streams are in limbo until the next connection takes them over.
 */
export class Session {
  readonly #url: URL;
  readonly #name: string;
  readonly #events: SessionEvents;
  readonly #streams = new StreamRoutes();
  readonly #whenLive = new Set<() => Promise<void> | void>();
  readonly #better = new BetterTries(() => this.#tryBetter());
  /** The one that is spoken on, or that may become it. */
  #line: Line | undefined;
  /** A better one on its way. */
  #candidate: Line | undefined;
  /** The one before, until all streams have moved. */
  #leaving: Line | undefined;
  #connection: Connection = { phase: 'connecting' };
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #limbo: ReturnType<typeof setTimeout> | undefined;
  #metersHz = 0;

  /** `url` is the WebSocket's; `name` is what a person calls this client. */
  constructor(url: URL, name: string, events: SessionEvents) {
    this.#url = url;
    this.#name = name;
    this.#events = events;
  }

  get connection(): Connection {
    return this.#connection;
  }

  get clock(): ServerClock {
    return this.#line?.clock ?? new ServerClock();
  }

  /** Bytes that were sent and that the network has not taken. */
  get queuedBytes(): number {
    return this.#line?.carrier.queuedBytes ?? 0;
  }

  /** Streams are on their way to another connection: what fails now may succeed there. */
  get moving(): boolean {
    return this.#leaving !== undefined || this.#limbo !== undefined;
  }

  /** Sound that can wait should. */
  get congested(): boolean {
    return !this.#line || this.queuedBytes > CARRIER_LIMITS.queuedBytes;
  }

  /** Connects at once, also when it would have waited or had ended. */
  connect(): void {
    if (this.#line) return;
    clearTimeout(this.#retry);
    const failure = this.#connection.phase === 'waiting' ? this.#connection.failure : undefined;
    this.#become(failure ? { phase: 'connecting', failure } : { phase: 'connecting' });
    this.#line = this.#webSocketLine();
  }

  /** Tries again at once if it waits. */
  hope(): void {
    if (this.#connection.phase === 'waiting') this.connect();
  }

  /** The answer to a request; rejected with a Refusal that says why and what to do. */
  request(body: ClientBody): Promise<Answer> {
    return (
      this.#line?.request(body) ??
      Promise.reject(new Refusal(pageFailure('CONNECTION_LOST', 'There is no connection to the server.')))
    );
  }

  /** Sends what nobody answers. */
  send(body: ClientBody): void {
    this.#line?.carrier.send(body);
  }

  /** What is sent by sendSound, here or there, may get lost. */
  get losesSound(): boolean {
    return this.datagramBytes > 0;
  }

  /** Longer messages do not. */
  get datagramBytes(): number {
    return this.#line?.carrier.datagramBytes ?? 0;
  }

  /** Sends sound that is worth nothing later: it may get lost, or come out of order. While streams move it takes both ways. */
  sendSound(body: ClientBody): void {
    this.#line?.carrier.sendSound(body);
    this.#leaving?.carrier.sendSound(body);
  }

  /** News of stream number `stream` go to `news` until the returned function is called or the stream is lost. */
  route(stream: number, news: StreamNews): () => void {
    return this.#streams.add(stream, news);
  }

  /**
   * Calls `callback` at the start of every session from now on, for streams to be opened or taken along; it settles when that
   * is done. Returns what stops that.
   */
  whenLive(callback: () => Promise<void> | void): () => void {
    this.#whenLive.add(callback);
    return () => this.#whenLive.delete(callback);
  }

  /** Levels this often; 0 while nobody looks. */
  setMetersHz(metersHz: number): void {
    if (this.#metersHz === metersHz) return;
    this.#metersHz = metersHz;
    if (this.#connection.phase === 'live') this.#subscribe();
  }

  get #lineEvents(): LineEvents {
    return {
      welcomed: (line, welcome) => this.#welcomed(line, welcome),
      news: (line, message) => this.#receive(line, message),
      silent: (line) => this.#silent(line),
      ended: (line, failure, reason) => this.#ended(line, failure, reason),
    };
  }

  #webSocketLine(): Line {
    return new Line((events) => new WebSocketCarrier(this.#url, events), this.#name, this.#lineEvents);
  }

  #webTransportLine(): Line {
    const api = new URL('api/v1/', this.#url);
    api.protocol = api.protocol.replace('ws', 'http');
    return new Line((events) => new WebTransportCarrier(api, events), this.#name, this.#lineEvents);
  }

  #welcomed(line: Line, welcome: weir.v1.Welcome.$Properties): void {
    if (line === this.#candidate) {
      this.#candidate = undefined;
      if (line.carrier.name === 'webtransport') this.#better.got();
      this.#leaving?.close();
      this.#leaving = this.#line;
      this.#line = line;
    } else if (line !== this.#line) return;
    this.#attempt = 0;
    const { client, serverName, serverVersion } = welcome;
    this.#become({
      phase: 'live',
      client: client ?? 0,
      serverName: serverName ?? '',
      serverVersion: serverVersion ?? '',
      carrier: line.carrier.name,
    });
    this.#subscribe();
    void this.#moveStreams();
    if (line.carrier.name === 'websocket' && hasWebTransport()) this.#better.start();
  }

  /** Opens the streams here, or takes them along from where they were; then nobody needs the old connection. */
  async #moveStreams(): Promise<void> {
    const line = this.#line;
    clearTimeout(this.#limbo);
    const moves = [...this.#whenLive].map(async (callback) => callback());
    const late = new Promise((settle) => setTimeout(settle, SESSION_LIMITS.moveMs));
    await Promise.race([Promise.allSettled(moves), late]);
    if (line !== this.#line) return;
    this.#limbo = undefined;
    const leaving = this.#leaving;
    this.#leaving = undefined;
    leaving?.close();
  }

  #subscribe(): void {
    // A refusal ends the connection, and #ended tells it.
    const line = this.#line;
    line?.request({ subscribe: { state: true, metersHz: this.#metersHz } }).catch(() => line.close());
  }

  /** The mixer is shown by the newest connection; of streams, the one before may still have something to say. */
  #receive(line: Line, message: ServerMessage): void {
    if (this.#streams.passSound(message) || line !== this.#line) return;
    const { meters, snapshot, patch } = message;
    if (meters) this.#events.meters(meters);
    if (patch) this.#events.patch(patch);
    if (snapshot) this.#events.snapshot(snapshot);
    this.#streams.passNews(message);
  }

  #tryBetter(): void {
    if (this.#connection.phase === 'live') this.#candidate ??= this.#webTransportLine();
  }

  /**
   * The server, or the whole network? WebTransport goes on by itself within half a second of the network's return (bench:
   * bad-wifi); so it is kept while WebSocket finds out whether the server is there. WebSocket itself is faster begun anew.
   */
  #silent(line: Line): void {
    if (line.carrier.name === 'websocket') line.close();
    else if (line === this.#line) this.#candidate ??= this.#webSocketLine();
  }

  #ended(line: Line, failure: Failure | undefined, reason: string): void {
    if (line === this.#leaving) this.#leaving = undefined;
    if (line === this.#candidate) {
      this.#candidate = undefined;
      if (line.carrier.name === 'webtransport') this.#better.failed();
    }
    if (line === this.#line) this.#lost(failure, reason);
  }

  #lost(known: Failure | undefined, reason: string): void {
    this.#line = undefined;
    this.#better.stop();
    this.#candidate?.close();
    const { phase } = this.#connection;
    const what = phase === 'live' ? 'The connection to the server was lost.' : 'The server cannot be reached.';
    const failure = known ?? { ...pageFailure('CONNECTION_LOST', what), ...(reason && { code: reason }) };
    const isFinal = FINAL_CODES.has(failure.code);
    const wasBetter = this.#connection.phase === 'live' && this.#connection.carrier === 'webtransport';
    this.#become({ phase: isFinal ? 'ended' : 'waiting', failure });
    if (isFinal) return this.#loseStreams();
    if (phase === 'live') {
      clearTimeout(this.#limbo);
      this.#limbo = setTimeout(() => this.#loseStreams(), SESSION_LIMITS.limboMs);
    }
    // The server is probably there, only not by this way: no reason to wait.
    if (wasBetter) this.connect();
    else this.#retry = setTimeout(() => this.connect(), backOffMs(this.#attempt++, Math.random()));
  }

  #loseStreams(): void {
    clearTimeout(this.#limbo);
    this.#limbo = undefined;
    this.#leaving?.close();
    this.#streams.loseAll();
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    this.#events.connection(connection);
  }
}
