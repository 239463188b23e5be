import { WeirError } from '../observe/errors.js';

/** What a request says of where it comes from. Only a browser is bound to say it truly. */
export interface RequestClaims {
  readonly method: string;
  readonly path: string;
  readonly host?: string;
  readonly origin?: string;
  /** Fetch Metadata: Sec-Fetch-Site, -Mode, -Dest. */
  readonly fetchSite?: string;
  readonly fetchMode?: string;
  readonly fetchDest?: string;
}

/** The names under which a browser may know this server: anything else in Host is DNS rebinding. */
export function ownHosts(listenHost: string, port: number): ReadonlySet<string> {
  const names = ['localhost', '127.0.0.1', '[::1]', listenHost.includes(':') ? `[${listenHost}]` : listenHost];
  const hosts = names.map((name) => `${name}:${port}`);
  return new Set(port === 80 ? [...hosts, ...names] : hosts);
}

/**
 * Refuses what another site's page made a browser send. A request without Origin and Fetch Metadata is a script's: who
 * runs it is asked elsewhere, of the kernel.
 */
export function refuseRequest(claims: RequestClaims, hosts: ReadonlySet<string>): WeirError | undefined {
  const host = claims.host?.toLowerCase();
  if (host === undefined || !hosts.has(host)) {
    return new WeirError('ORIGIN_REFUSED', `Host ${quote(claims.host)} is not this server's`);
  }
  if (claims.origin !== undefined && claims.origin.toLowerCase() !== `http://${host}`) {
    return new WeirError('ORIGIN_REFUSED', `a page of ${quote(claims.origin)} sent this`);
  }
  const ownSite = claims.fetchSite === undefined || claims.fetchSite === 'same-origin' || claims.fetchSite === 'none';
  if (ownSite || isLinkToThePage(claims)) return undefined;
  return new WeirError('ORIGIN_REFUSED', `a ${quote(claims.fetchSite)} page sent this`);
}

/** A link on any site may lead to the mixer: it opens by itself, and its opener sees nothing of it. */
function isLinkToThePage({ method, path, fetchMode, fetchDest }: RequestClaims): boolean {
  return method === 'GET' && path === '/' && fetchMode === 'navigate' && fetchDest === 'document';
}

/** What a stranger sent, fit for one line of a message. */
function quote(text = ''): string {
  return JSON.stringify(text.slice(0, 100));
}
