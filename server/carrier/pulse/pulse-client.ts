import type { Quota } from '../../mempool/quota.js';
import { WeirError } from '../../observe/errors.js';
import type { Guest } from '../../session/guest.js';
import type { House } from '../../session/house.js';
import { CLIENT_NAME_CHARACTERS_MAX } from '../../session/limits.js';
import { readableName } from '../../session/parse-open.js';
import type { Peer } from '../../session/port.js';
import { ChargedProplist } from './charged-proplist.js';
import type { Handler } from './handlers/handler.js';
import { HANDLERS } from './handlers/table.js';
import { GREETING_LIMIT_MS } from './limits.js';
import { InlineBlock } from './buffer/block.js';
import { letGo } from './memory/client-pool.js';
import { ClientPools } from './memory/pools.js';
import type { NetworkCookie } from './network/cookie.js';
import type { FrameTaker, PulseConnection } from './pulse-connection.js';
import type { PulseHouse } from './pulse-house.js';
import { ClientSamples } from './samples/client-samples.js';
import { Flows } from './streams/flows.js';
import type { Subscriber } from './subscriptions.js';
import { View } from './view.js';
import { pulseErrorOf } from './wire/errors.js';
import type { Frame } from './wire/framing/frame-reader.js';
import type { EventBody, EventName } from './wire/messages/events.js';
import { type EventType, eventWord, type Facility, isSubscribed } from './wire/numbers.js';
import { type CommandName, parseRequest, type ReplyBody, type Request } from './wire/requests.js';
import { type Proplist, textOf } from './wire/values/proplist.js';

/** One program that speaks PulseAudio's protocol: who it is, what it has open, what it asked to be told. */
export class PulseClient implements Guest, FrameTaker, Subscriber {
  name = '';
  ended = false;
  /** AUTH was answered. */
  authorised = false;
  readonly quota: Quota;
  readonly view: View;
  readonly flows: Flows;
  readonly pools: ClientPools;
  readonly samples: ClientSamples;
  /** Descriptors that came with the request at hand, until its handler takes them. */
  fds: readonly number[] = [];
  readonly #inline = new InlineBlock();
  readonly #said: ChargedProplist;
  #mask = 0;
  readonly #greeting: NodeJS.Timeout;

  constructor(
    readonly client: number,
    readonly peer: Peer,
    readonly connection: PulseConnection,
    readonly pulse: PulseHouse,
    readonly house: House,
    /** What it must show first, where it came over the network. */
    readonly cookie?: NetworkCookie,
  ) {
    this.quota = house.makeQuota(peer);
    this.#said = ChargedProplist.empty(this.quota);
    this.view = new View(house, this);
    this.flows = new Flows(this);
    this.pools = new ClientPools(pulse.memory, peer.uid ?? NOBODY);
    this.samples = new ClientSamples(this);
    this.#greeting = setTimeout(() => {
      this.end();
    }, GREETING_LIMIT_MS);
  }

  get greeted(): boolean {
    return this.name !== '';
  }

  /** What it says of itself: shown, and nothing is decided by it. */
  get properties(): Proplist {
    return this.#said.value;
  }

  get seesAll(): boolean {
    return this.view.may('look');
  }

  /** Of the protocol, as AUTH agreed on it. */
  get version(): number {
    return this.connection.out.version;
  }

  greet(properties: Proplist): WeirError | undefined {
    const refused = this.describe(properties);
    if (refused) return refused;
    clearTimeout(this.#greeting);
    this.connection.known();
    return undefined;
  }

  describe(properties: Proplist): WeirError | undefined {
    const refused = this.#said.replace(properties);
    if (refused) return refused;
    const said = textOf(properties, 'application.name') ?? textOf(properties, 'application.process.binary');
    this.name = readableName(said, CLIENT_NAME_CHARACTERS_MAX) || 'unnamed';
    this.house.mixerFeed.touch();
    this.pulse.subscriptions.changed('CLIENT', this.client);
    return undefined;
  }

  take(frame: Frame): void {
    switch (frame.kind) {
      case 'packet':
        this.fds = frame.fds;
        this.#packet(frame.bytes);
        break;
      case 'sound':
        this.flows.sound(frame.channel, this.#inline.of(frame.bytes), frame.offset, frame.seek);
        break;
      case 'reference':
        this.#reference(frame);
        break;
      case 'release':
      case 'revoke':
    }
    // A stranger's descriptors that nobody took: never closed here, it could block.
    for (const fd of frame.kind === 'packet' ? this.fds : frame.fds) letGo(fd);
    this.fds = [];
  }

  refused(): void {
    this.closed();
  }

  closed(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.#greeting);
    this.pulse.subscriptions.leave(this);
    this.flows.close();
    this.samples.close();
    this.pools.close();
    this.house.reception.forget(this);
  }

  /** PulseAudio's protocol has no words for why. */
  end(): void {
    if (this.ended) return;
    this.closed();
    this.connection.close();
  }

  subscribe(mask: number): void {
    this.#mask = mask;
    if (mask === 0) this.pulse.subscriptions.leave(this);
    else this.pulse.subscriptions.join(this);
  }

  event(facility: Facility, type: EventType, index: number): void {
    if (!isSubscribed(this.#mask, facility)) return;
    if (facility === 'SINK' && !this.view.sinks.some((sink) => this.view.indexOf(sink) === index)) return;
    if (facility === 'SOURCE' && !this.view.sources.some((source) => this.view.indexOf(source) === index)) return;
    this.say('SUBSCRIBE_EVENT', { event: eventWord(facility, type), index });
  }

  /** Something the client did not ask for; it leaves with all else at the end of the turn. */
  say<Name extends EventName>(name: Name, body: EventBody<Name>): void {
    if (this.ended) return;
    this.connection.out.event(name, body);
    this.pulse.turn.add(this.connection);
  }

  answer<Name extends CommandName>(name: Name, tag: number, body: ReplyBody<Name>): void {
    if (this.ended) return;
    this.connection.out.reply(name, tag, body);
    this.pulse.turn.add(this.connection);
  }

  refuse(tag: number, why: WeirError): void {
    if (this.ended) return;
    this.connection.out.error(tag, pulseErrorOf(why));
    this.pulse.turn.add(this.connection);
  }

  /** A refusal that ends the connection. */
  turnAway(tag: number, why: WeirError): void {
    this.refuse(tag, why);
    this.end();
  }

  #packet(bytes: Uint8Array): void {
    const request = parseRequest(bytes, this.version);
    if (request.name === undefined) {
      if (request.error.code === 'BAD_MESSAGE') return this.end();
      return this.refuse(request.tag, request.error);
    }
    if (this.authorised ? request.name === 'AUTH' : request.name !== 'AUTH') return this.#askFirst(request);
    if (!this.greeted && !GREETINGS.includes(request.name)) return this.#askFirst(request);
    this.#carryOut(request.name, request.tag, request.body);
  }

  /** AUTH comes first and once, the name second. */
  #askFirst({ tag }: Request): void {
    this.turnAway(tag, new WeirError('HELLO_FIRST', 'who it is comes first, and once'));
  }

  #carryOut(name: CommandName, tag: number, body: unknown): void {
    const handler = HANDLERS[name] as unknown as Handler<CommandName>; // parseRequest gave the body that goes with the name
    const outcome = this.view.refusal(handler.verb) ?? handler.carryOut(this, body as never, tag);
    if (outcome === 'later') return;
    if (outcome instanceof WeirError) this.refuse(tag, outcome);
    else this.answer(name, tag, outcome);
  }

  #reference({ channel, offset, seek, reference }: Extract<Frame, { kind: 'reference' }>): void {
    const block = this.pools.block(reference);
    if (block instanceof WeirError) return this.end();
    this.flows.sound(channel, block, offset, seek);
    // It was copied: nothing of the client's memory is looked at again.
    this.connection.out.release(reference.block);
  }
}

/** A peer that the kernel named no user for shares no memory: its number does not matter. */
const NOBODY = -1;
const GREETINGS: readonly CommandName[] = ['AUTH', 'REGISTER_MEMFD_SHMID', 'SET_CLIENT_NAME'];
