import type { Answer } from './requests.js';

/** A one-use link that lets a browser in. */
export interface PairLink {
  readonly url: string;
  /** The same by the server's other names. */
  readonly otherUrls: readonly string[];
  readonly expiresS: number;
  readonly thisMachineOnly: boolean;
}

/** A browser that was let in. */
export interface Pairing {
  readonly id: string;
  readonly name: string;
  /** Seconds since 1970. */
  readonly lastSeenS: number;
  readonly lastAddress: string;
}

export function pairLinkOf({ pairLink }: Answer): PairLink {
  return {
    url: pairLink?.url ?? '',
    otherUrls: pairLink?.otherUrls ?? [],
    expiresS: pairLink?.expiresS ?? 0,
    thisMachineOnly: pairLink?.thisMachineOnly ?? false,
  };
}

export function pairingsOf({ pairings }: Answer): Pairing[] {
  return (pairings?.pairings ?? []).map(({ id, name, lastSeenS, lastAddress }) => ({
    id: id ?? '',
    name: name ?? '',
    lastSeenS: lastSeenS ?? 0,
    lastAddress: lastAddress ?? '',
  }));
}
