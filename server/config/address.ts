import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * What an address is for. `any`: every address of the machine. `private`: never reached from, nor given to anybody in, the
 * Internet. `scoped`: good only with the name of an interface. `senseless`: nobody's own, such as a multicast group.
 */
export type AddressKind = 'loopback' | 'any' | 'private' | 'public' | 'scoped' | 'senseless';

/** This machine to itself. Not "localhost": whoever else listens on ::1 shall not be taken for us. */
export const LOOPBACK = '127.0.0.1';

export interface Network {
  readonly address: string;
  readonly prefix: number;
}

/** IANA's special-purpose registries (RFC 6890): what is not globally reachable and may yet be a machine's own address. */
export const PRIVATE_NETWORKS: readonly Network[] = [
  { address: '10.0.0.0', prefix: 8 },
  { address: '172.16.0.0', prefix: 12 },
  { address: '192.168.0.0', prefix: 16 },
  { address: '169.254.0.0', prefix: 16 },
  { address: '100.64.0.0', prefix: 10 },
  { address: '192.0.2.0', prefix: 24 },
  { address: '198.51.100.0', prefix: 24 },
  { address: '203.0.113.0', prefix: 24 },
  { address: '198.18.0.0', prefix: 15 },
  { address: 'fc00::', prefix: 7 },
  { address: '2001:db8::', prefix: 32 },
];

export const LOOPBACK_NETWORKS: readonly Network[] = [
  { address: '127.0.0.0', prefix: 8 },
  { address: '::1', prefix: 128 },
];

const KINDS: readonly { kind: AddressKind; networks: readonly Network[] }[] = [
  { kind: 'loopback', networks: LOOPBACK_NETWORKS },
  {
    kind: 'any',
    networks: [
      { address: '0.0.0.0', prefix: 32 },
      { address: '::', prefix: 128 },
    ],
  },
  { kind: 'private', networks: PRIVATE_NETWORKS },
  { kind: 'scoped', networks: [{ address: 'fe80::', prefix: 10 }] },
  {
    kind: 'senseless',
    networks: [
      { address: '0.0.0.0', prefix: 8 },
      { address: '224.0.0.0', prefix: 3 },
      { address: 'ff00::', prefix: 8 },
    ],
  },
];

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

const LISTS = KINDS.map(({ kind, networks }) => {
  const list = new BlockList();
  for (const { address, prefix } of networks) list.addSubnet(address, prefix, family(address));
  return { kind, list };
});

const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** As the kernel names the peers of a socket for both families, less the mark of IPv6: "::ffff:10.0.0.1" is "10.0.0.1". */
export function plainAddress(address: string): string {
  const mapped = V4_MAPPED.exec(address)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : address;
}

/** Of a numeric address without a zone; whatever is none is `senseless`. */
export function addressKind(text: string): AddressKind {
  const address = plainAddress(text);
  if (!isIPv4(address) && (!isIPv6(address) || address.includes('%'))) return 'senseless';
  return LISTS.find(({ list }) => list.check(address, family(address)))?.kind ?? 'public';
}

export const isLoopback = (address: string): boolean => addressKind(address) === 'loopback';

/** The address as it stands in a URL and in Host. */
export const inUrl = (address: string): string => (isIPv6(address) ? `[${address}]` : address);

/** One machine has as many IPv6 addresses as it likes, but one /64 of them (RFC 4291, 2.5.4): its first four groups. */
export function neighbourhood(address: string): string {
  if (!isIPv6(address) || address.startsWith('::')) return address;
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::', 2) ?? [];
  const groups = head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  return [...groups, ...zeros, ...after].slice(0, 4).join(':');
}
