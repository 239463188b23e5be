import { hostname, networkInterfaces } from 'node:os';
import { parse } from 'tldts';
import { addressKind, LOOPBACK } from '../../config/address.js';
import { TLS_LIMITS } from './limits.js';

/** Under what this machine can be found in its own networks. */
export interface OwnNames {
  /** Lower case: weir-HOST.local, HOST.local, the host name, localhost. */
  readonly dns: readonly string[];
  /**
   * The first of them, which we tell by mDNS ourselves; HOST.local is another program's to tell, if one does, and two that
   * tell it get in each other's way. Absent where the host has no name fit for DNS.
   */
  readonly announced?: string;
  /** Private ones first, then loopback; none that needs a zone. */
  readonly addresses: readonly string[];
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const LABEL_MAX = 63;
const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

/** As they are now. */
export function findOwnNames(): OwnNames {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return ownNames(
    hostname(),
    addresses.map(({ address }) => address),
  );
}

export function ownNames(host: string, addresses: readonly string[]): OwnNames {
  const found = addresses.filter((address) => addressKind(address) === 'private');
  const dns = hostNames(host.toLowerCase());
  return {
    announced: dns[0],
    dns: [...dns, 'localhost'],
    addresses: [...new Set([...found.slice(0, TLS_LIMITS.addresses), LOOPBACK, '::1'])],
  };
}

function hostNames(name: string): string[] {
  if (!DNS_NAME.test(name) || name === 'localhost') return [];
  const label = name.replace(/\..*/, '');
  const local = `${label}.local`;
  const announced = `${`weir-${label}`.slice(0, LABEL_MAX)}.local`;
  return name === local || isPublicSuffix(name) ? [announced, local] : [announced, local, name];
}

/**
 * A machine may be called "audio" or "box". These are top-level domains: a CA for that name would be one for every site
 * below it (RFC 5280 4.2.1.10: a name permits all names under it).
 */
function isPublicSuffix(name: string): boolean {
  const { publicSuffix, isIcann } = parse(name);
  return isIcann === true && publicSuffix === name;
}
