import { renderUnicodeCompact } from 'uqr';
import type { Invitation } from './pairings.js';

/** Of white around the code. */
const QUIET_MODULES = 2;
/** The blocks that the code is drawn with are its white. */
const WHITE_ON_BLACK = '\x1b[97;40m';
const PLAIN = '\x1b[0m';

/** A link as a person at a terminal gets it; `withQr` where the terminal shows more than lines to be read by programs. */
export function invitationText({ url, otherUrls, expiresS, thisMachineOnly }: Invitation, withQr: boolean): string {
  if (!withQr) return `${[url, ...otherUrls].join('\n')}\n`;
  const lines = [
    '',
    ...(thisMachineOnly ? [] : [...qrLines(url), '']),
    `Open this in the browser that shall be let in, within ${expiresS / 60} minutes:`,
    `  ${url}`,
    ...otherUrls.map((other) => `  ${other}  (the same)`),
    ...(thisMachineOnly ? ['', ...LOOPBACK_HINT] : []),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** Black on white, whatever the terminal's colours: not every phone reads the inverse. */
function qrLines(text: string): string[] {
  const lines = renderUnicodeCompact(text, { border: QUIET_MODULES }).split('\n');
  return lines.map((line) => `${WHITE_ON_BLACK}${line}${PLAIN}`);
}

const LOOPBACK_HINT = [
  'This server listens on this machine alone: the link is for another user’s browser here, or one in a sandbox (Snap,',
  'Flatpak). For phones and other machines start it with "weir serve --listen 0.0.0.0:4790", or put',
  'listen = "0.0.0.0:4790" into weir.toml.',
];
