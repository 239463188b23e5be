import type { WeirError } from '../observe/errors.js';

/** Replaces helmet's for these pages: their form may be sent here, and nothing runs. */
export const PAIR_PAGE_CSP =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export const PAIR_STYLE_PATH = '/pair/page.css';

/** Asks before it lets this browser in: whoever only looks at a link, as previews do, uses it up by no means. */
export function invitationPage(code: string): string {
  return page(`<h1>Let this browser in?</h1>
<p>It can then play, listen and move every fader of this machine’s sound, until its pairing is taken back.</p>
<form method="post" action="/pair">
<input type="hidden" name="code" value="${escape(code)}">
<button autofocus>Let this browser in</button>
</form>`);
}

/** What everybody gets who is neither known nor paired, whatever was asked for. */
export function strangerPage({ code, what, wayOut }: WeirError): string {
  return page(`<h1>This browser is not paired</h1>
<p>Run <code>weir pair</code> on the machine that has the sound, or press “Let a browser in” in a mixer that is open
already. Either gives a link: open it here.</p>
<p class="dim">${escape(what)}. ${escape(wayOut)} <code>${code}</code></p>
<p><a href="/">Open the mixer</a></p>`);
}

/** The link was no good. */
export function refusedPage({ code, what, wayOut }: WeirError): string {
  return page(`<h1>This link lets nobody in</h1>
<p>${escape(what)}. ${escape(wayOut)}</p>
<p class="dim"><code>${code}</code></p>
<p><a href="/">Open the mixer</a></p>`);
}

/** Comes back by itself: a browser sends the key with what our own page asks for, and not with another site's link. */
export function returnPage(): string {
  return page('<p><a href="/">Open the mixer</a></p>', '<meta http-equiv="refresh" content="0; url=/">');
}

function page(body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
${head}
<title>Weir</title>
<link rel="stylesheet" href="${PAIR_STYLE_PATH}">
<main>
${body}
</main>
</html>`;
}

export const PAIR_PAGE_CSS = `:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 12vh auto 0; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; }
code { font: 0.9em ui-monospace, monospace; }
button { padding: 0.7rem 1.2rem; border: 0; border-radius: 8px; background: #14627a; color: #fff; font: inherit; font-weight: 600; }
.dim { font-size: 0.85rem; opacity: 0.75; }
`;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
