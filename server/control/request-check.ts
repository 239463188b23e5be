import { WeirError } from '../observe/errors.js';
import { PAIR_PATH } from '../session/pairing/pairings.js';

/** What a request says of where it comes from. Only a browser is bound to say it truly. */
export interface RequestClaims {
  readonly method: string;
  readonly path: string;
  /** It came over TLS. That is no claim: the connection shows it. */
  readonly secure: boolean;
  readonly host?: string;
  readonly origin?: string;
  /** Fetch Metadata: Sec-Fetch-Site, -Mode, -Dest. */
  readonly fetchSite?: string;
  readonly fetchMode?: string;
  readonly fetchDest?: string;
}

const LINKED_PATHS: ReadonlySet<string> = new Set(['/', PAIR_PATH]);

/** The names under which a browser may know this server, as they stand in Host: anything else is DNS rebinding. */
export interface OwnHosts {
  has(host: string): boolean;
}

/** Over plain HTTP: loopback only. */
export function plainHosts(listenHost: string, port: number): OwnHosts {
  const names = ['localhost', '127.0.0.1', '[::1]', listenHost.includes(':') ? `[${listenHost}]` : listenHost];
  const hosts = names.map((name) => `${name}:${port}`);
  return new Set(port === 80 ? [...hosts, ...names] : hosts);
}

// [fd00::2]:4790 · host.local:4790 · host.local
const HOST = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[a-z0-9.-]+))(?::(?<port>\d{1,5}))?$/;

/** For other machines: what the certificate is for, whoever made it. `usualPort` may be missing in Host: 443 over TLS. */
export function certifiedHosts(
  certificate: { covers(host: string): boolean },
  port: number,
  usualPort: number,
): OwnHosts {
  return {
    has(host) {
      const { v6, name = '', port: said = usualPort } = HOST.exec(host)?.groups ?? {};
      return String(said) === String(port) && certificate.covers(v6 ?? name);
    },
  };
}

const ORIGIN = /^(?<scheme>https?):\/\/(?<host>[^/]+)$/;

/** A page of this server, by whichever of its names it was opened. */
export function isOwnOrigin(origin: string, { plain, secure }: { plain: OwnHosts; secure: OwnHosts }): boolean {
  const { scheme, host } = ORIGIN.exec(origin.toLowerCase())?.groups ?? {};
  return host !== undefined && (scheme === 'https' ? secure : plain).has(host);
}

/**
 * Refuses what another site's page made a browser send. A request without Origin and Fetch Metadata is a script's: who
 * runs it is asked elsewhere.
 */
export function refuseRequest(claims: RequestClaims, hosts: OwnHosts): WeirError | undefined {
  const host = claims.host?.toLowerCase();
  if (host === undefined || !hosts.has(host)) {
    return new WeirError('ORIGIN_REFUSED', `Host ${quote(claims.host)} is not this server's`);
  }
  const ownOrigin = `${claims.secure ? 'https' : 'http'}://${host}`;
  if (claims.origin !== undefined && claims.origin.toLowerCase() !== ownOrigin) {
    return new WeirError('ORIGIN_REFUSED', `a page of ${quote(claims.origin)} sent this`);
  }
  const ownSite = claims.fetchSite === undefined || claims.fetchSite === 'same-origin' || claims.fetchSite === 'none';
  if (ownSite || isLinkToPage(claims)) return undefined;
  return new WeirError('ORIGIN_REFUSED', `a ${quote(claims.fetchSite)} page sent this`);
}

/** A link on any site may lead to the mixer, or let a browser in: they open by themselves, and their opener sees nothing of them. */
function isLinkToPage({ method, path, fetchMode, fetchDest }: RequestClaims): boolean {
  return method === 'GET' && LINKED_PATHS.has(path) && fetchMode === 'navigate' && fetchDest === 'document';
}

/** What a stranger sent, fit for one line of a message. */
function quote(text = ''): string {
  return JSON.stringify(text.slice(0, 100));
}
