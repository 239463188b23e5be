import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { isIPv4 } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Bonjour, type ServiceConfig } from 'bonjour-service';
import { logOf } from '../../observe/log.js';
import { LAN_LIMITS } from './limits.js';
import { hearModestPackets } from './modest-packets.js';

const log = logOf('mdns');

/** The type under which others look for us: `_weir._tcp` (RFC 6763). */
const SERVICE_TYPE = 'weir';

/** A label of DNS has 63 bytes, and the rest of the service's name needs some. */
const HOST_IN_NAME = 45;

/** What is announced. */
export interface Announcement {
  /** The name that stands for our addresses: weir-HOST.local. */
  readonly host: string;
  readonly port: number;
  /** Our IPv4 addresses: each is told on its own interface. */
  readonly addresses: readonly string[];
}

/** Tells the network by mDNS where we are; nothing but that: name, port, path, and that it is TLS. */
export class Announcer {
  #speakers: Bonjour[] = [];
  #said = '';
  /** One change after the other: what is taken back late would take the next word with it. */
  #turn = Promise.resolve();

  /** Says this from now on, in place of what was said before. */
  announce(announcement: Announcement): void {
    const said = JSON.stringify(announcement);
    if (said === this.#said) return;
    this.#said = said;
    const addresses = announcement.addresses.filter(isIPv4).slice(0, LAN_LIMITS.interfaces);
    void this.#change(() => addresses.flatMap((address) => trySpeak(address, announcement)));
  }

  /** Takes it back: others forget us at once, not in minutes. */
  withdraw(): Promise<void> {
    this.#said = '';
    return this.#change(() => []);
  }

  #change(speakNow: () => Bonjour[]): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      await silence(this.#speakers.splice(0));
      this.#speakers = speakNow();
    });
    return this.#turn;
  }
}

/** One interface where it fails does not silence the others. */
function trySpeak(address: string, announcement: Announcement): Bonjour[] {
  try {
    return [speak(address, announcement)];
  } catch (error) {
    log.warn({ address }, `mDNS: ${String(error)}`);
    return [];
  }
}

function speak(address: string, { host, port }: Announcement): Bonjour {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  type Place = Partial<ServiceConfig> & { interface: string; bind: string; socket: Socket };
  // Bound to the address itself it would hear no multicast.
  const place: Place = { interface: address, bind: '0.0.0.0', socket };
  const complain = (error: unknown): void => log.warn({ address }, `mDNS: ${String(error)}`);
  const speaker = new Bonjour(place, complain);
  hearModestPackets(socket);
  socketOf(speaker)
    ?.on('error', complain)
    .on('warning', (error) => log.debug({ address }, `mDNS: ${String(error)}`));
  const name = `Weir on ${host.replace(/^weir-|\.local$/g, '').slice(0, HOST_IN_NAME)}:${port}`;
  // A probe that finds the name taken would be told on stdout, which is our callers'; the name has host and port in it.
  speaker.publish({ name, host, type: SERVICE_TYPE, port, txt: { path: '/', tls: '1' }, probe: false });
  return speaker;
}

/** The library leaves its socket's errors to nobody: that another program holds the port would end the server. */
function socketOf(speaker: Bonjour): EventEmitter | undefined {
  const server: unknown = Reflect.get(speaker, 'server');
  if (!(server instanceof Object && 'mdns' in server)) return undefined;
  return server.mdns instanceof EventEmitter ? server.mdns : undefined;
}

async function silence(speakers: readonly Bonjour[]): Promise<void> {
  const silent = speakers.map((speaker) =>
    new Promise<void>((done) => {
      speaker.unpublishAll(() => speaker.destroy(done));
    }).catch((error: unknown) => log.warn(`mDNS: ${String(error)}`)),
  );
  await Promise.race([Promise.all(silent), wait(LAN_LIMITS.farewellMs, undefined, { ref: false })]);
}
