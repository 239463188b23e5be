import { createHash } from 'node:crypto';

export interface PlainPageFacts {
  /** Of the mixer: https://HOST:PORT/ */
  readonly mixerUrl: string;
  /** Path of the CA's certificate on this page's own server. */
  readonly authorityPath: string;
  /** Of the CA: SHA-256. */
  readonly fingerprint: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 1.0625rem/1.55 system-ui, sans-serif; }
body { max-width: 38rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
a.go { display: inline-block; padding: .6rem 1rem; border: 2px solid; border-radius: .5rem; font-weight: 600; }
code { overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
`;

/** The page's only style, as its policy names it (CSP 3, 2.3.1). */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** Each system's steps, in its own words. */
const STEPS: readonly { system: string; steps: readonly string[] }[] = [
  {
    system: 'Android',
    steps: [
      'Download the certificate with the link above.',
      'Open <em>Settings</em>, search for <em>CA certificate</em>, choose <em>Install anyway</em>, and pick <code>weir-ca.crt</code>.',
      'Firefox for Android: in its settings, <em>About Firefox</em>, tap the logo five times; then, under <em>Secret settings</em>, allow third party CA certificates.',
    ],
  },
  {
    system: 'iPhone and iPad',
    steps: [
      'Download the certificate in Safari and allow the profile.',
      '<em>Settings</em> → <em>Profile Downloaded</em> → <em>Install</em>.',
      '<em>Settings</em> → <em>General</em> → <em>About</em> → <em>Certificate Trust Settings</em>: switch it on. Without this step nothing changes.',
    ],
  },
  {
    system: 'Firefox on a computer',
    steps: [
      'Download the certificate with the link above.',
      '<em>Settings</em> → <em>Privacy &amp; Security</em> → <em>View Certificates</em> → <em>Authorities</em> → <em>Import</em>, and tick <em>Trust this CA to identify websites</em>.',
    ],
  },
  {
    system: 'Windows (Chrome, Edge)',
    steps: [
      'Open the downloaded file and choose <em>Install Certificate</em> for the current user.',
      'Place it in the store <em>Trusted Root Certification Authorities</em>. Restart the browser.',
    ],
  },
  {
    system: 'macOS (Safari, Chrome)',
    steps: [
      'Open the downloaded file: Keychain Access takes it.',
      'Double-click it there, open <em>Trust</em>, and choose <em>Always Trust</em> for SSL.',
    ],
  },
  {
    system: 'Linux (Chrome, Chromium)',
    steps: [
      'In the browser: <em>Settings</em> → <em>Privacy and security</em> → <em>Security</em> → <em>Manage certificates</em>, and import it as an authority for websites.',
      'Or in a terminal: <code>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n Weir -i weir-ca.crt</code>',
    ],
  },
];

/** What somebody reads whose browser does not trust us yet. All of `facts` must be fit for HTML as it is. */
export function plainPageText({ mixerUrl, authorityPath, fingerprint }: PlainPageFacts): string {
  const systems = STEPS.map(
    ({ system, steps }) =>
      `<details><summary>${system}</summary><ol>${steps.map((step) => `<li>${step}</li>`).join('')}</ol></details>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Weir: before you open the mixer</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Before you open the mixer</h1>
<p>The mixer is at <a href="${mixerUrl}">${mixerUrl}</a>. Your browser will probably warn you about it. Here is why, and how to end that.</p>
<h2>Why the warning</h2>
<p>Browsers let a page use the microphone and play sound in time only over HTTPS, and HTTPS needs a certificate. Nobody outside
gives one to an address inside your home, so this server made its own. Your browser does not know it yet.</p>
<h2>End the warning</h2>
<p>Install the certificate of this server’s own authority, once on each device. It can vouch for names and addresses inside a
private network only, never for a site of the Internet: it says so itself, and browsers hold it to that. You can remove it whenever you like.</p>
<p><a class="go" href="${authorityPath}" download>Download weir-ca.crt</a></p>
<p>This page came over an open line, so compare before you install: the server’s log, and your system when it asks, must show this
SHA-256 fingerprint.</p>
<p><code>${fingerprint}</code></p>
${systems.join('\n')}
<h2>Or go on without it</h2>
<p>In most browsers you can pass the warning (<em>Advanced</em>, then <em>Proceed</em>). The mixer then opens and says so if the browser
keeps sound from it.</p>
<p><a class="go" href="${mixerUrl}">Open the mixer</a></p>
<p>The mixer asks who you are: the person at the server’s machine gets a link for you with <code>weir pair</code>.</p>
</body>
</html>
`;
}
