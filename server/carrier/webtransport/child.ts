import { Socket } from 'node:net';
import { type Certificate, makeCertificate } from './certificate.js';
import { ChildSessions } from './child-sessions.js';
import { LINK_LIMITS } from './limits.js';
import { Link } from './link/link.js';
import { KIND, startOrder } from './link/words.js';
import { ConnectionPlaces } from './quic/connection-places.js';
import { loadQuiche, type Quiche } from './quic/quiche.js';
import { quicheConfig } from './quic/quiche-config.js';
import { UdpEndpoint } from './quic/udp-endpoint.js';

// The process that speaks QUIC: foreign native code and a parser of its own stand between strangers' packets and a pipe
// that carries whole messages. It knows no name, no rule and no sound, and holds no secret but its certificate's key.

/** Where the pipe to the server is. */
const PIPE_FD = 3;
/** What the socket was given last is on its way by then. */
const LAST_PACKETS_MS = 20;
const CERTIFICATE_CHECK_MS = 3_600_000;

/** Makes connections' certificate, and another long before it ends. */
class Certificates {
  #certificate: Certificate;
  #config;

  private constructor(
    readonly quiche: Quiche,
    certificate: Certificate,
    readonly link: Link,
  ) {
    this.#certificate = certificate;
    this.#config = quicheConfig(quiche, certificate);
    // Looked at, not waited for: a timer of days does not run while the machine sleeps.
    setInterval(() => void this.#renew(), CERTIFICATE_CHECK_MS);
  }

  static async begin(quiche: Quiche, link: Link): Promise<Certificates> {
    return new Certificates(quiche, await makeCertificate(), link);
  }

  get config() {
    return this.#config;
  }

  tell(): void {
    this.link.sendJson(KIND.READY, 0, { hash: this.#certificate.hash.toString('base64') });
  }

  async #renew(): Promise<void> {
    if (Date.now() < this.#certificate.staleMs) return;
    this.#certificate = await makeCertificate();
    this.#config = quicheConfig(this.quiche, this.#certificate);
    this.tell();
  }
}

function begin(): void {
  const pipe = new Socket({ fd: PIPE_FD, readable: true, writable: true });
  let sessions: ChildSessions | undefined;
  const link = new Link(pipe, {
    frame: (kind, session, bytes) => {
      if (kind === KIND.START) {
        void listen(link, JSON.parse(Buffer.from(bytes).toString())).then(
          (started) => (sessions = started),
          (error: unknown) => giveUp(link, error instanceof Error ? error.message : 'it does not start'),
        );
      } else sessions?.hear(kind, session, bytes);
    },
    broken: () => {
      sessions?.close();
      setTimeout(() => process.exit(), LAST_PACKETS_MS);
    },
  });
  setInterval(() => link.send(KIND.BEAT, 0), LINK_LIMITS.beatMs);
}

async function listen(link: Link, order: unknown): Promise<ChildSessions> {
  const { listen: addresses } = startOrder.parse(order);
  const quiche = loadQuiche();
  const certificates = await Certificates.begin(quiche, link);
  const places = new ConnectionPlaces();
  const sessions = new ChildSessions(link);
  const opening = addresses.map((address) =>
    UdpEndpoint.open({
      quiche,
      listen: address,
      places,
      config: () => certificates.config,
      begun: (connection, place, peer) => sessions.begin(connection, place, peer),
    }),
  );
  const opened = await Promise.allSettled(opening);
  // One is enough: a machine may have no IPv6.
  if (!opened.some(({ status }) => status === 'fulfilled')) await opening[0];
  certificates.tell();
  return sessions;
}

/** The server ends this process when it has read why. */
function giveUp(link: Link, why: string): void {
  link.send(KIND.UNABLE, 0, Buffer.from(why.split('\n', 1)[0] ?? ''));
}

begin();
