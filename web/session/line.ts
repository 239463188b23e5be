import type { weir } from '#proto';
import type { Stamps } from '../../server/engine/drift/clock-exchange.js';
import type { Carrier, CarrierEvents, ClientBody, ServerMessage } from '../carrier/carrier.js';
import { ServerClock, nowUs } from './clock.js';
import { pageFailure, Refusal, type Failure } from './failure.js';
import { SESSION_LIMITS } from './limits.js';
import { failureFrom, Requests, type Answer } from './requests.js';

const PROTOCOL = { major: 1, minor: 1 };

export interface LineEvents {
  /** The network has it, and hello is on its way: whatever follows comes after that. */
  opened(line: Line): void;
  /** The server said welcome: from now on it is a session. */
  welcomed(line: Line, welcome: weir.v1.Welcome.$Properties): void;
  /** Whatever came. */
  news(line: Line, message: ServerMessage): void;
  /** The server does not answer; told again and again until it does. */
  silent(line: Line): void;
  /** It answers again. */
  spoke(line: Line): void;
  /** The clocks were compared. */
  exchanged(stamps: Stamps): void;
  /** Over, whoever ended it; told once. `failure` says why, as far as anybody said. */
  ended(line: Line, failure: Failure | undefined, reason: string): void;
}

/** One connection as long as it lives: says hello, joins answers to requests, keeps the clocks together, notices its death. */
export class Line {
  readonly clock = new ServerClock();
  readonly #carrier: Carrier;
  readonly #events: LineEvents;
  readonly #requests = new Requests();
  readonly #heartbeat: ReturnType<typeof setInterval>;
  readonly #startedMs = performance.now();
  #live = false;
  #ended = false;
  /** When hello was said, or a clock exchange begun, that is not answered yet. */
  #askedMs: number | undefined;
  #pingedMs = 0;
  /** A late answer shows one way only: what was asked before an outage may be answered while nothing of ours gets through. */
  #askedAgain = false;
  #lastT4Us = 0;
  #failure: Failure | undefined;

  /** `name` is what a person calls this client. */
  constructor(open: (events: CarrierEvents) => Carrier, name: string, events: LineEvents) {
    this.#events = events;
    this.#carrier = open({
      opened: () => void this.#hello(name),
      received: (message) => this.#receive(message),
      closed: (reason) => this.#end(reason),
    });
    this.#heartbeat = setInterval(() => this.#beat(), SESSION_LIMITS.lookMs);
  }

  get ageMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** How long it has owed an answer; 0: it does not. */
  get silentMs(): number {
    return this.#askedMs === undefined ? 0 : performance.now() - this.#askedMs;
  }

  /** Its answer is overdue. */
  get silent(): boolean {
    return this.silentMs > SESSION_LIMITS.silentMs;
  }

  get carrier(): Carrier {
    return this.#carrier;
  }

  /** The answer to a request; rejected with a Refusal that says why and what to do. */
  request(body: ClientBody): Promise<Answer> {
    const { id, answer } = this.#requests.open();
    this.#carrier.send(body, id);
    if (this.#ended) this.#requests.fail(lost());
    return answer;
  }

  close(): void {
    this.#end('');
  }

  async #hello(name: string): Promise<void> {
    try {
      this.#askedMs = performance.now();
      const answer = this.request({ hello: { ...PROTOCOL, name, sharedMemory: false } });
      this.#events.opened(this);
      const { welcome } = await answer;
      if (this.#ended || !welcome) return;
      this.#live = true;
      this.#heard();
      this.#events.welcomed(this, welcome);
    } catch (thrown) {
      if (thrown instanceof Refusal) this.#failure ??= thrown.failure;
      this.#end('');
    }
  }

  /** A line that has ended says nothing more. */
  #receive(message: ServerMessage): void {
    if (this.#ended) return;
    if (message.clockPong) this.#pong(message.clockPong);
    const answers = this.#requests.settle(message);
    if (message.failure && !answers) this.#failure = failureFrom(message.failure);
    // What answers a request may be news too: a snapshot.
    this.#events.news(this, message);
  }

  #pong({ t1Us, t2Us, t3Us }: weir.v1.ClockPong.$Properties): void {
    this.#lastT4Us = nowUs();
    const stamps = { t1Us: t1Us ?? 0, t2Us: t2Us ?? 0, t3Us: t3Us ?? 0, t4Us: this.#lastT4Us };
    this.clock.exchanged(stamps);
    this.#events.exchanged(stamps);
    if (this.silent && !this.#askedAgain) this.#askAgain();
    else this.#heard();
  }

  /** What was asked last is answered. */
  #heard(): void {
    const wasSilent = this.silent;
    this.#askedMs = this.#failure = undefined;
    this.#askedAgain = false;
    if (wasSilent) this.#events.spoke(this);
  }

  /** Pings; says so when an answer is overdue. A throttled timer kills nobody: the answer is there when it fires. */
  #beat(): void {
    const { pingMs, lostMs, helloMs } = SESSION_LIMITS;
    if (this.silent) this.#failure = pageFailure('CONNECTION_LOST', 'The server does not answer.');
    if (this.#live ? this.silentMs > lostMs : this.ageMs > helloMs) this.close();
    else if (this.silent) this.#events.silent(this);
    else if (this.#live && this.#askedMs === undefined && performance.now() - this.#pingedMs >= pingMs) this.#ping();
  }

  #ping(): void {
    this.#askedMs = this.#pingedMs = performance.now();
    this.#exchange();
  }

  /** It is silent until this is answered. */
  #askAgain(): void {
    this.#askedAgain = true;
    this.#exchange();
  }

  #exchange(): void {
    this.request({ clockPing: { t1Us: nowUs(), lastT4Us: this.#lastT4Us } }).catch(() => undefined);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.#carrier.close();
    this.#requests.fail(this.#failure ?? lost());
    this.#events.ended(this, this.#failure, reason);
  }
}

function lost(): Failure {
  return pageFailure('CONNECTION_LOST', 'The connection to the server was lost.');
}
