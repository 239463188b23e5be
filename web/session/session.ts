import type { weir } from '#proto';
import { ClockSkew } from '../../server/engine/drift/clock-skew.js';
import type { Skew } from '../../server/engine/drift/fastest-line.js';
import { backOffMs } from '../carrier/backoff.js';
import type { CarrierName, ClientBody, ServerMessage } from '../carrier/carrier.js';
import { CARRIER_LIMITS } from '../carrier/limits.js';
import { WebSocketCarrier } from '../carrier/web-socket-carrier.js';
import { WebTransportCarrier } from '../carrier/web-transport-carrier.js';
import { hasWebTransport } from '../carrier/web-transport-offer.js';
import { BetterTries } from './better-tries.js';
import { isClockFine, ServerClock } from './clock.js';
import { pageFailure, Refusal, type Failure } from './failure.js';
import { Knocks } from './knocks.js';
import { SESSION_LIMITS } from './limits.js';
import { Line, type LineEvents } from './line.js';
import type { Answer } from './requests.js';
import { Spare } from './spare.js';
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
      /** It has not answered for a while. */
      readonly silent: boolean;
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
  readonly #knocks: Knocks;
  readonly #spare: Spare;
  readonly #clockSkew: ClockSkew;
  readonly #clockIsFine = isClockFine();
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

  /** `url` is the WebSocket's; `name` is what a person calls this client; `clock`: this page's by the server's, from an earlier visit. */
  constructor(url: URL, name: string, clock: Skew | undefined, events: SessionEvents) {
    this.#url = url;
    this.#name = name;
    this.#clockSkew = new ClockSkew(clock);
    this.#events = events;
    this.#knocks = new Knocks(this.#http('healthz'), () => this.#networkIsBack());
    this.#spare = new Spare(new URL('?spare', url));
  }

  get connection(): Connection {
    return this.#connection;
  }

  get clock(): ServerClock {
    return this.#line?.clock ?? new ServerClock();
  }

  /** This page's monotonic clock by the server's, over all connections; undefined where the browser does not let clocks be told apart. */
  get skew(): Skew | undefined {
    return this.#clockIsFine ? this.#clockSkew.skew : undefined;
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
    if (!this.#line) this.#connectBy(this.#webSocketLine());
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
    if (!this.#leaving?.silent) this.#leaving?.carrier.sendSound(body);
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
    this.#spare.keep();
    return () => {
      this.#whenLive.delete(callback);
      if (this.#whenLive.size === 0) this.#spare.drop();
    };
  }

  /** Levels this often; 0 while nobody looks. */
  setMetersHz(metersHz: number): void {
    if (this.#metersHz === metersHz) return;
    this.#metersHz = metersHz;
    if (this.#connection.phase === 'live') this.#subscribe();
  }

  get #lineEvents(): LineEvents {
    return {
      opened: (line) => this.#opened(line),
      welcomed: (line, welcome) => this.#welcomed(line, welcome),
      news: (line, message) => this.#receive(line, message),
      silent: (line) => this.#silent(line),
      spoke: (line) => this.#spoke(line),
      exchanged: (stamps) => this.#clockSkew.note(stamps),
      ended: (line, failure, reason) => this.#ended(line, failure, reason),
    };
  }

  #connectBy(line: Line): void {
    clearTimeout(this.#retry);
    const before = this.#line;
    this.#line = line;
    before?.close();
    const failure = this.#connection.phase === 'waiting' ? this.#connection.failure : undefined;
    this.#become(failure ? { phase: 'connecting', failure } : { phase: 'connecting' });
  }

  #webSocketLine(socket = new WebSocket(this.#url)): Line {
    return new Line((events) => new WebSocketCarrier(socket, events), this.#name, this.#lineEvents);
  }

  #webTransportLine(): Line {
    const api = this.#http('api/v1/');
    return new Line((events) => new WebTransportCarrier(api, events), this.#name, this.#lineEvents);
  }

  #http(path: string): URL {
    const url = new URL(path, this.#url);
    url.protocol = url.protocol.replace('ws', 'http');
    return url;
  }

  /** Not a round trip is waited for: whatever the streams say here comes behind hello. */
  #opened(line: Line): void {
    if (line === this.#candidate) {
      this.#candidate = undefined;
      this.#leaving?.close();
      this.#leaving = this.#line;
      this.#line = line;
    } else if (line !== this.#line) return;
    this.#knocks.stop();
    void this.#moveStreams();
  }

  #welcomed(line: Line, welcome: weir.v1.Welcome.$Properties): void {
    if (line !== this.#line) return;
    this.#attempt = 0;
    const { client, serverName, serverVersion } = welcome;
    this.#become({
      phase: 'live',
      client: client ?? 0,
      serverName: serverName ?? '',
      serverVersion: serverVersion ?? '',
      carrier: line.carrier.name,
      silent: false,
    });
    this.#subscribe();
    if (this.#whenLive.size > 0) this.#spare.keep();
    if (line.carrier.name === 'webtransport') this.#better.got();
    else if (hasWebTransport()) this.#better.start();
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

  /** The server, or the whole network? The line may go on by itself when that is back; what is begun anew then is faster. */
  #silent(line: Line): void {
    if (line !== this.#line) return;
    if (line.silentMs > SESSION_LIMITS.tellMs) this.#tellSilent(true);
    if (!this.#isOpening) this.#knocks.start(line.clock.roundTripUs ?? 0);
  }

  #spoke(line: Line): void {
    if (line !== this.#line) return;
    this.#knocks.stop();
    this.#tellSilent(false);
    if (this.#candidate?.carrier.name === 'websocket') this.#candidate.close();
  }

  #tellSilent(silent: boolean): void {
    const now = this.#connection;
    if (now.phase === 'live' && now.silent !== silent) this.#become({ ...now, silent });
  }

  /** A connection was begun after the last knock was answered, and may be there at any moment. */
  get #isOpening(): boolean {
    const candidate = this.#candidate;
    return candidate?.carrier.name === 'websocket' && candidate.ageMs < SESSION_LIMITS.openMs;
  }

  /** What is on its way was begun in the outage, or in the next one. */
  #networkIsBack(): void {
    this.#candidate?.close();
    const line = this.#webSocketLine(this.#spare.take());
    if (this.#connection.phase === 'live') this.#candidate = line;
    else this.#connectBy(line);
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
    const last = this.#line;
    this.#line = undefined;
    this.#better.stop();
    this.#knocks.stop();
    if (!last?.silent) this.#spare.drop();
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
    // Where nothing gets through nothing is tried blindly.
    if (last?.silent) return this.#knocks.start(last.clock.roundTripUs ?? 0);
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
