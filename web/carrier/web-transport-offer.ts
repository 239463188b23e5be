/** With what a session over WebTransport is opened: once, and soon. */
export interface WebTransportOffer {
  readonly url: string;
  readonly certificateHash: Uint8Array<ArrayBuffer>;
}

/** False where this browser, or a page of this address, has none. */
export const hasWebTransport = (): boolean => typeof WebTransport === 'function';

/** Asks the server, over HTTP: that is where it knows who we are. Undefined when it has no WebTransport for us now. */
export async function fetchOffer(api: URL, signal: AbortSignal): Promise<WebTransportOffer | undefined> {
  const answer = await fetch(new URL('webtransport', api), { method: 'POST', signal });
  if (!answer.ok) return undefined;
  const offer: unknown = await answer.json();
  if (!isOffer(offer)) return undefined;
  const { url, ticket, certificateHash } = offer;
  return {
    url: `${url}?ticket=${encodeURIComponent(ticket)}`,
    certificateHash: Uint8Array.from(atob(certificateHash), (character) => character.charCodeAt(0)),
  };
}

function isOffer(value: unknown): value is { url: string; ticket: string; certificateHash: string } {
  if (typeof value !== 'object' || value === null) return false;
  const parts: Record<string, unknown> = { ...value };
  return ['url', 'ticket', 'certificateHash'].every((part) => typeof parts[part] === 'string');
}
