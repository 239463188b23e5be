import { type Failure, pageFailure } from '../session/failure.js';

/** What the browser gives a page; where it takes the page for unsafe it leaves these out, without a word. */
export interface Surroundings {
  readonly isSecureContext: boolean;
  readonly hasWorklets: boolean;
  readonly hasMediaDevices: boolean;
  /** Of the page: "https:", and "HOST:PORT". */
  readonly protocol: string;
  readonly host: string;
}

export function surroundings(): Surroundings {
  return {
    isSecureContext,
    hasWorklets: typeof AudioWorkletNode === 'function',
    // Left out in an insecure context, whatever the types say.
    hasMediaDevices: 'mediaDevices' in navigator,
    protocol: location.protocol,
    host: location.host,
  };
}

/**
 * Why this page can neither capture nor play in time, if so, and where it could. The server's port speaks both: over HTTPS
 * the mixer, over plain HTTP (to another machine) the page that explains the certificate. A warning that was passed leaves
 * a secure context in some browsers, and not in others: only what is there tells.
 */
export function soundRefused(around: Surroundings): Failure | undefined {
  const { isSecureContext, hasWorklets, hasMediaDevices, protocol, host } = around;
  if (isSecureContext && hasWorklets && hasMediaDevices) return undefined;
  const missing = 'The browser gives this page neither a microphone nor audio worklets';
  if (protocol === 'https:') {
    const what = `${missing}: it does not trust the server’s certificate. Files can be played.`;
    return pageFailure('CERTIFICATE_UNTRUSTED', what, { text: 'How to install it', url: `http://${host}/` });
  }
  const what = `${missing}: it came over plain HTTP. Files can be played.`;
  return pageFailure('INSECURE_CONTEXT', what, { text: 'Open it over HTTPS', url: `https://${host}/` });
}
