/** Why something did not work, for a person: what happened, and the way out. `code` is stable (docs/errors.md). */
export interface Failure {
  readonly code: string;
  readonly what: string;
  readonly wayOut: string;
  /** Where the way out begins. */
  readonly link?: { readonly text: string; readonly url: string };
}

/** A request that the server, the browser or the network refused. */
export class Refusal extends Error {
  constructor(readonly failure: Failure) {
    super(`${failure.what} [${failure.code}]`);
  }
}

/** What this page itself can be refused, beside the server's table (server/observe/errors.ts). */
const PAGE_FAILURES = {
  CONNECTION_LOST: 'The page connects again by itself; if it does not, look whether the server runs.',
  WORKER_LOST: 'The page starts it again by itself; if it does not, reload the page.',
  PAGE_TOO_OLD: 'Reload the page.',
  INSECURE_CONTEXT: 'Open the mixer at http://127.0.0.1 on its own machine, or over HTTPS.',
  CERTIFICATE_UNTRUSTED: 'Install the certificate of the server’s authority, then open the mixer again.',
  FILE_UNREADABLE: 'Try WAV, FLAC, MP3, Ogg, Opus or M4A, or play it with "npx weir play FILE".',
  FILE_TOO_LARGE: 'Play it with "npx weir play FILE", which reads as it goes.',
  CAPTURE_REFUSED: 'Allow it in the site settings beside the address, then try again.',
  CAPTURE_NOT_FOUND: 'Plug one in, or choose one in the system settings, then try again.',
  CAPTURE_BUSY: 'Close the program that uses it, then try again.',
  CAPTURE_SILENT: 'Choose again and tick "Also share audio"; some systems share the sound of tabs only.',
  ADDRESS_FOREIGN: 'Use an address at 127.0.0.1 or localhost; of other machines, save the sound and play the file.',
  ADDRESS_SILENT:
    'Look whether its server runs and sends "Access-Control-Allow-Origin: *" (without it browsers give no page its sound), or save the sound and drop the file here.',
  OUTPUT_REFUSED: 'Choose another one, or the system’s own.',
  PAGE_BROKEN: 'Reload the page; if it happens again, report it with the browser’s name and version.',
} as const;

export type PageFailureCode = keyof typeof PAGE_FAILURES;

export function pageFailure(code: PageFailureCode, what: string, link?: Failure['link']): Failure {
  return { code, what, wayOut: PAGE_FAILURES[code], link };
}

/** A refusal as the server told it. */
export function serverFailure(code: string, what: string, wayOut = ''): Failure {
  return { code: code || 'UNKNOWN', what: what || 'The server refused this.', wayOut };
}

/** Whatever was thrown, as something to show. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Refusal) return thrown.failure;
  return pageFailure('PAGE_BROKEN', thrown instanceof Error ? thrown.message : String(thrown));
}
