import { USER_AGENT_CHARACTERS } from './limits.js';

/** The most particular first: most browsers also claim to be an older one. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Chrome|HeadlessChrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
];

const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
];

type Marks = typeof BROWSERS;

const nameIn = (marks: Marks, text: string): string | undefined => marks.find(([mark]) => mark.test(text))?.[1];

/** "Firefox on Android": made of our own words alone, whatever the browser said. A label; nothing is decided by it. */
export function browserLabel(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, USER_AGENT_CHARACTERS);
  const system = nameIn(SYSTEMS, text);
  return [nameIn(BROWSERS, text) ?? 'A browser', system && `on ${system}`].filter(Boolean).join(' ');
}
