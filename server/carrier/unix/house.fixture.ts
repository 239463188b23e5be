import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { weir } from '#proto';
import { frameOf } from '../../../native-shim/client/framing.js';
import { FramedSocket } from '../../../native-shim/client/socket.js';
import { close } from '../../../native-shim/sys.js';
import { startUnixCarrier } from './unix-carrier.js';
import { parseDeviceSpec } from '../../device/device-spec.js';
import { Outputs } from '../../engine/outputs.js';
import { KeptMemory } from '../../mempool/kept-memory.js';
import { WeirError } from '../../observe/errors.js';
import { LoopDelay } from '../../observe/loop-delay.js';
import { CopiesDesk } from '../../stream/copies/copies-desk.js';
import { Streams } from '../../stream/streams.js';
import type { ClientLimits, House } from '../../session/house.js';
import { UNSENT_CONTROL_LIMIT_BYTES } from '../../session/limits.js';
import { MeterFeed } from '../../session/meter-feed.js';
import { MixerFeed } from '../../session/mixer-feed.js';
import { Pairings } from '../../session/pairing/pairings.js';
import type { Inlet, Outlet } from '../../session/port.js';
import { Quotas } from '../../session/quotas.js';
import { Reception } from '../../session/reception.js';
import { Samples } from '../../session/samples.js';

type Body = Omit<weir.v1.ClientMessage.$Properties, 'requestId'>;

export function orThrow<T>(value: T | WeirError): T {
  if (value instanceof WeirError) throw value;
  return value;
}

/** All rooms of a server behind a real Unix socket, in this process. */
export class TestHouse {
  readonly house: House;
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'weir-session-'));
  readonly #carrier: { close(): void };
  readonly #clients: Client[] = [];

  constructor(devices: readonly string[] = ['null'], limits: Partial<ClientLimits> = {}) {
    const specs = devices.map((text) => orThrow(parseDeviceSpec(text)));
    const all = { clients: 256, streams: 64, poolBytes: 16 * 2 ** 20, ...limits };
    const touch = () => this.house.mixerFeed.touch();
    const outputs = new Outputs(specs, {
      changed: touch,
      lost: () => {},
      usable: () => this.house.streams.adoptAll(),
    });
    const copies = new CopiesDesk();
    const quotas = new Quotas(all.poolBytes);
    this.house = {
      outputs,
      streams: new Streams(outputs, copies, touch),
      copies,
      samples: new Samples(),
      mixerFeed: new MixerFeed(() => this.house),
      meterFeed: new MeterFeed(() => this.house),
      reception: new Reception(() => this.house),
      pairings: new Pairings(join(this.#folder, 'state'), (id) => this.house.reception.endPairing(id)),
      limits: all,
      keptMemory: new KeptMemory(),
      loopDelay: new LoopDelay(),
      pulseServer: '',
      makeQuota: (peer) => quotas.make(peer),
    };
    this.path = join(this.#folder, 'weir.sock');
    this.#carrier = orThrow(startUnixCarrier(this.path, 0o600, this.house.reception));
  }

  /** A connection that has said nothing yet. */
  connect(): Client {
    const client = new Client(this.path);
    this.#clients.push(client);
    return client;
  }

  async greeted(name = 'test'): Promise<Client> {
    const client = this.connect();
    await client.ask({ hello: { major: 1, minor: 0, name, sharedMemory: true } });
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    this.house.reception.close();
    this.#carrier.close();
    await this.house.outputs.close();
    this.house.copies.close();
    this.house.keptMemory.close();
    this.house.loopDelay.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** A connection whose peer takes nothing from a moment on that the test chooses. */
export class Unread implements Outlet {
  readonly inlet: Inlet;
  taking = true;
  over = false;

  constructor({ house }: TestHouse) {
    const uid = process.getuid?.() ?? 0;
    this.inlet = orThrow(house.reception.accept({ carrier: 'unix', sharedMemory: true, uid }, this));
    this.say({ hello: { major: 1, minor: 0, name: 'unread', sharedMemory: true } });
  }

  say(body: Body): void {
    this.inlet.receive(weir.v1.ClientMessage.encode(body).finish(), []);
  }

  send(_message: Uint8Array, fds: readonly number[] = []): void {
    for (const fd of fds) close(fd);
  }

  queuedBytes(): number {
    return this.taking ? 0 : UNSENT_CONTROL_LIMIT_BYTES + 1;
  }

  close(): void {
    this.over = true;
  }
}

/** A client that says what it likes, and keeps all that it hears. */
export class Client {
  readonly heard: weir.v1.ServerMessage[] = [];
  readonly ended: Promise<void>;
  over = false;
  readonly socket: FramedSocket;
  readonly #watchers = new Set<() => void>();
  #lastRequest = 0;

  constructor(path: string) {
    let end: () => void = () => {};
    this.ended = new Promise((settle) => (end = settle));
    this.socket = FramedSocket.connect(path, {
      message: (bytes) => {
        // Packets' data are views of what is decoded, and these bytes live until this returns.
        this.heard.push(weir.v1.ServerMessage.decode(bytes.slice()));
        for (const look of [...this.#watchers]) look();
      },
      ended: () => {
        this.over = true;
        end();
        for (const look of [...this.#watchers]) look();
      },
      flushed: () => {},
    });
  }

  /** Asks and waits for the answer, whichever it is. */
  ask(body: Body, fds: readonly number[] = []): Promise<weir.v1.ServerMessage> {
    const requestId = ++this.#lastRequest;
    this.socket.send(frameOf({ ...body, requestId }), fds);
    return this.until((message) => message.requestId === requestId);
  }

  tell(body: Body): void {
    this.socket.send(frameOf(body));
  }

  /** The first message heard, now or later, of which `is` holds. */
  async until(is: (message: weir.v1.ServerMessage) => boolean, limitMs = 10_000): Promise<weir.v1.ServerMessage> {
    await this.settled(() => this.over || this.heard.some(is), limitMs);
    const found = this.heard.find(is);
    if (!found) throw new Error(`the connection ended after ${this.heard.at(-1)?.body}`);
    return found;
  }

  settled(holds: () => boolean, limitMs = 10_000): Promise<void> {
    return new Promise((settle, fail) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        fail(new Error(`not within ${limitMs} ms; heard last: ${this.heard.at(-1)?.body}`));
      }, limitMs);
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** The code of the last words that were no answer, once the connection has ended. */
  async lastWords(): Promise<string> {
    await this.settled(() => this.over);
    return this.heard.findLast(({ requestId, failure }) => requestId === 0 && failure)?.failure?.code ?? 'none';
  }

  close(): void {
    this.socket.close();
  }
}

export const failureCode = (message: weir.v1.ServerMessage) => message.failure?.code;

/** A request for a stream by copies, as common as they come but for what `wish` says. */
export function openWish(wish: weir.v1.IOpenStream = {}): { openStream: weir.v1.IOpenStream } {
  return {
    openStream: {
      id: randomBytes(16),
      direction: weir.v1.Direction.PLAYBACK,
      name: 'song',
      format: weir.v1.SampleFormat.S16,
      rate: 48_000,
      channels: 2,
      transport: weir.v1.Transport.COPIES,
      ...wish,
    },
  };
}

export async function opened(client: Client, wish: weir.v1.IOpenStream = {}): Promise<weir.v1.IStreamOpened> {
  const { streamOpened, failure } = await client.ask(openWish(wish));
  if (!streamOpened) throw new Error(failure?.what ?? 'no stream');
  return streamOpened;
}
