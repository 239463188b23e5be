import type { weir } from '#proto';

/** A one-use link: whoever opens it first is let in. */
export interface PairLink {
  readonly url: string;
  /** The same by the server's other names and addresses. */
  readonly otherUrls: readonly string[];
  readonly expiresS: number;
  /** Only browsers of the server's own machine reach it. */
  readonly thisMachineOnly: boolean;
}

/** A browser that was let in: the shape of `weir grants --json`. Fields are only ever added. */
export interface PairingInfo {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** Seconds since 1970. */
  readonly pairedS: number;
  readonly lastSeenS: number;
  readonly lastAddress: string;
}

type Maybe<T> = T | null | undefined;

export const pairLinkOf = (link: Maybe<weir.v1.PairLink.$Properties>): PairLink => ({
  url: link?.url ?? '',
  otherUrls: link?.otherUrls ?? [],
  expiresS: link?.expiresS ?? 0,
  thisMachineOnly: link?.thisMachineOnly ?? false,
});

export const pairingsOf = (list: Maybe<weir.v1.Pairings.$Properties>): PairingInfo[] =>
  (list?.pairings ?? []).map((p) => ({
    id: p.id ?? '',
    name: p.name ?? '',
    role: p.role ?? '',
    pairedS: p.pairedS ?? 0,
    lastSeenS: p.lastSeenS ?? 0,
    lastAddress: p.lastAddress ?? '',
  }));
