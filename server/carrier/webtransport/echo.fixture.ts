import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { WeirError } from '../../observe/errors.js';
import type { Inlet, Outlet, Peer, Reception } from '../../session/port.js';
import { ORIGIN, RawClient } from './raw-client.fixture.js';
import { type Offer, WebTransportCarrier } from './webtransport-carrier.js';

const LIMIT_MS = 15_000;

/** Sends back what it hears: what begins with "sound" as sound. */
class Echo implements Reception {
  readonly peers: Peer[] = [];
  readonly outlets: Outlet[] = [];
  readonly heard: Buffer[] = [];
  closed = 0;
  isDeaf = false;
  refusal?: WeirError;

  accept(peer: Peer, outlet: Outlet): Inlet | WeirError {
    if (this.refusal) return this.refusal;
    this.peers.push(peer);
    this.outlets.push(outlet);
    return {
      receive: (bytes) => {
        const message = Buffer.from(bytes);
        this.heard.push(message);
        if (this.isDeaf) return;
        if (message.subarray(0, 5).toString() === 'sound') outlet.sendSound?.(message);
        else outlet.send(message);
      },
      refused: () => outlet.close(),
      closed: () => void (this.closed += 1),
    };
  }
}

/** The carrier with its real child, at a free UDP port, before sessions that echo. */
export class EchoCarrier {
  readonly echo = new Echo();
  readonly carrier = new WebTransportCarrier(this.echo);

  private constructor(readonly port: number) {
    this.carrier.start({ listen: [{ host: '127.0.0.1', port }], isOwnOrigin: (origin) => origin === ORIGIN });
  }

  static async start(): Promise<EchoCarrier> {
    const probe = createSocket('udp4').bind(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address();
    probe.close();
    await once(probe, 'close');
    const bench = new EchoCarrier(port);
    await bench.offer();
    return bench;
  }

  /** Waits for a child that listens. */
  async offer(identity = { pid: process.pid, uid: 1000 }): Promise<Offer> {
    const endMs = performance.now() + LIMIT_MS;
    for (;;) {
      const offer = this.carrier.offer(identity);
      if ('ticket' in offer) return offer;
      if (performance.now() > endMs) throw offer;
      await new Promise((settle) => setTimeout(settle, 20));
    }
  }

  async join(): Promise<RawClient> {
    return RawClient.joined(this.port, (await this.offer()).ticket);
  }
}
