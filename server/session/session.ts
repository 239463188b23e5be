import { weir } from '#proto';
import { close, nowNs } from '../../native-shim/sys.js';
import type { Quota } from '../mempool/quota.js';
import { WeirError } from '../observe/errors.js';
import { SERVER_NAME, SERVER_VERSION } from '../observe/version.js';
import { UNSENT_AUDIO_LIMIT_BYTES } from '../stream/limits.js';
import { may } from '../policy/may.js';
import { type Answer, failureOf } from './answer.js';
import { ClientClock } from './client-clock.js';
import type { Guest } from './guest.js';
import type { House } from './house.js';
import {
  CLIENT_NAME_CHARACTERS_MAX,
  HELLO_LIMIT_MS,
  MESSAGE_LIMIT_BYTES,
  PACKETS_PER_SECOND,
  REQUESTS_AT_ONCE,
  REQUESTS_PER_SECOND,
  ROUND_TRIP_ALLOWED_MS,
  UNREAD_SOUND_LIMIT_MS,
  UNSENT_CONTROL_LIMIT_BYTES,
} from './limits.js';
import { mixerRequest } from './mixer-requests.js';
import { pairingRequest } from './pairing-requests.js';
import { readableName } from './parse-open.js';
import type { Inlet, Outlet, Peer } from './port.js';
import { sampleRequest } from './sample-requests.js';
import { SessionStreams } from './session-streams.js';
import { Tally } from './tally.js';
import { UnreadAge } from './unread-age.js';
import { verbOf } from './verbs.js';

const MAJOR = 1;
const MINOR = 1;
const REQUESTS = { perSecond: REQUESTS_PER_SECOND, atOnce: REQUESTS_AT_ONCE };
const PACKETS = { perSecond: PACKETS_PER_SECOND, atOnce: PACKETS_PER_SECOND };
const OWN_UID = process.geteuid?.() ?? -1;

/** One connection: who it is, what it has open, what it asked to be told. */
export class Session implements Inlet, Guest {
  name = '';
  readonly quota: Quota;
  readonly streams: SessionStreams;
  readonly clock = new ClientClock();
  readonly #unread = new UnreadAge();
  readonly #outlet: Outlet;
  readonly #requests = new Tally(REQUESTS, performance.now());
  readonly #packets = new Tally(PACKETS, performance.now());
  readonly #helloTimer: NodeJS.Timeout;
  #ended = false;

  constructor(
    readonly client: number,
    readonly peer: Peer,
    outlet: Outlet,
    readonly house: House,
  ) {
    this.#outlet = outlet;
    this.quota = house.makeQuota(peer);
    this.streams = new SessionStreams(this);
    this.#helloTimer = setTimeout(() => {
      this.end(new WeirError('HELLO_FIRST', `no hello within ${HELLO_LIMIT_MS} ms`));
    }, HELLO_LIMIT_MS);
  }

  get greeted(): boolean {
    return this.name !== '';
  }

  get ended(): boolean {
    return this.#ended;
  }

  receive(bytes: Uint8Array, fds: number[]): void {
    if (this.#ended) return;
    const message = decode(bytes);
    if (message instanceof WeirError) return this.end(message);
    // Only the body that is carried out counts: a message may hold others that it overrides.
    const tally = message.body === 'audio' || message.body === 'missing' ? this.#packets : this.#requests;
    if (!tally.take(performance.now())) {
      return this.end(new WeirError('TOO_BUSY', `more than ${tally.perSecond} messages a second`));
    }
    if (!this.greeted && message.body !== 'hello')
      return this.end(new WeirError('HELLO_FIRST', 'something else came first'));
    const answer = may(this.peer, verbOf(message), OWN_UID) ?? this.#carryOut(message, fds);
    if (answer !== 'later') this.answer(message.requestId, answer);
    if (!this.greeted && answer instanceof WeirError) this.end(answer);
  }

  refused(why: WeirError): void {
    this.end(why);
  }

  closed(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#helloTimer);
    this.streams.closeAll();
    this.house.mixerFeed.leave(this);
    this.house.meterFeed.leave(this);
    this.house.samples.leave(this);
    this.house.reception.forget(this);
  }

  /** Tells the peer why and closes; everything it had goes with it. */
  end(why: WeirError): void {
    if (this.#ended) return;
    this.#send({ failure: failureOf(why) });
    this.closed();
    this.#outlet.close();
  }

  /** Control: never dropped; a peer that does not read it is let go. Takes the descriptors in any case. */
  send(message: weir.v1.IServerMessage, fds: readonly number[] = []): void {
    if (!this.#ended && this.#outlet.queuedBytes() <= UNSENT_CONTROL_LIMIT_BYTES) return this.#send(message, fds);
    for (const fd of fds) close(fd);
    this.end(new WeirError('TOO_SLOW', 'too many unread messages'));
  }

  answer(requestId: number, answer: Exclude<Answer, 'later'>, fds: readonly number[] = []): void {
    if (answer instanceof WeirError) this.send({ requestId, failure: failureOf(answer) });
    else if (requestId !== 0 || answer.done === undefined) this.send({ ...answer, requestId }, fds);
  }

  /** Sound, as the wire has it: false, and never made, when so much waits already that it must not be sent. */
  sendSound(make: () => Uint8Array): boolean {
    if (this.#ended || this.#behind()) return false;
    const outlet = this.#outlet;
    const message = make();
    if (outlet.sendSound) outlet.sendSound(message);
    else outlet.send(message);
    this.#unread.sent(message.length, outlet.queuedBytes(), performance.now());
    return true;
  }

  /** What goes by sendSound may get lost. */
  get losesSound(): boolean {
    return this.#outlet.sendSound !== undefined;
  }

  /** Meters: false when so much waits already that this must not be sent. */
  sendDroppable(message: weir.v1.IServerMessage): boolean {
    if (this.#ended || this.#behind()) return false;
    this.#send(message);
    return true;
  }

  #carryOut(message: weir.v1.ClientMessage, fds: number[]): Answer {
    switch (message.body) {
      case 'hello':
        return this.#greet(message.hello ?? {});
      case 'clockPing':
        return this.#pong(message.clockPing ?? {});
      case 'openStream':
      case 'closeStream':
      case 'pauseStream':
      case 'drainStream':
      case 'audio':
      case 'missing':
        return this.streams.request(message);
      case 'subscribe':
      case 'setLevel':
      case 'moveStream':
      case 'setDefault':
      case 'kickClient':
        return mixerRequest(this, message);
      case 'uploadSample':
      case 'playSample':
      case 'removeSample':
        return sampleRequest(this, message, fds);
      case 'pair':
      case 'listPairings':
      case 'revokePairing':
        return pairingRequest(this, message);
      case undefined:
        // Minors only add: a newer client may ask for what we do not know yet.
        return new WeirError('BAD_MESSAGE', 'a request that this version does not know');
    }
  }

  #greet(hello: weir.v1.IHello): Answer {
    if (this.greeted) return new WeirError('BAD_MESSAGE', 'hello a second time');
    if (hello.major !== MAJOR) {
      return new WeirError(
        'VERSION_MISMATCH',
        `client ${hello.major ?? 0}.${hello.minor ?? 0}, server ${MAJOR}.${MINOR}`,
      );
    }
    clearTimeout(this.#helloTimer);
    this.name = readableName(hello.name, CLIENT_NAME_CHARACTERS_MAX) || 'unnamed';
    const sharedMemory = this.peer.sharedMemory && hello.sharedMemory === true;
    this.streams.canMapMemory = sharedMemory;
    this.house.mixerFeed.touch();
    const { streams, poolBytes } = this.house.limits;
    const limits = { messageBytes: MESSAGE_LIMIT_BYTES, streams, poolBytes };
    return {
      welcome: {
        major: MAJOR,
        minor: MINOR,
        client: this.client,
        serverName: SERVER_NAME,
        serverVersion: SERVER_VERSION,
        sharedMemory,
        limits,
      },
    };
  }

  #pong({ t1Us, lastT4Us }: weir.v1.IClockPing): Answer {
    const clockPong = { t1Us: t1Us ?? 0, t2Us: nowUs(), t3Us: nowUs() };
    this.clock.note(clockPong.t1Us, clockPong.t2Us, clockPong.t3Us, lastT4Us ?? 0);
    return { clockPong };
  }

  #send(message: weir.v1.IServerMessage, fds: readonly number[] = []): void {
    const bytes = weir.v1.ServerMessage.encode(message).finish();
    this.#outlet.send(bytes, fds);
    this.#unread.sent(bytes.length, this.#outlet.queuedBytes(), performance.now());
  }

  /** What TCP was given cannot be taken back: after an outage all of it comes before the live edge. */
  #behind(): boolean {
    const unreadBytes = this.#outlet.queuedBytes();
    if (unreadBytes > UNSENT_AUDIO_LIMIT_BYTES) return true;
    const roundTripMs = Math.min((this.clock.roundTripUs ?? 0) / 1000, ROUND_TRIP_ALLOWED_MS);
    return this.#unread.ms(unreadBytes, performance.now()) > UNREAD_SOUND_LIMIT_MS + roundTripMs;
  }
}

function nowUs(): number {
  return Math.floor(nowNs() / 1000);
}

function decode(bytes: Uint8Array): weir.v1.ClientMessage | WeirError {
  if (bytes.length > MESSAGE_LIMIT_BYTES) {
    return new WeirError('MESSAGE_TOO_LARGE', `a message of ${bytes.length} bytes; ${MESSAGE_LIMIT_BYTES} is the most`);
  }
  try {
    return weir.v1.ClientMessage.decode(bytes);
  } catch (error) {
    return new WeirError(
      'BAD_MESSAGE',
      `not a ClientMessage: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
}
