/** Newest names first: most browsers also claim to be an older one. */
const BROWSERS: readonly (readonly [mark: string, name: string])[] = [
  ['Firefox/', 'Firefox'],
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Chrome/', 'Chromium'],
  ['Safari/', 'Safari'],
];

/** What a person calls this client in the mixer. A label, never a reason to behave otherwise. */
export function browserName(userAgent: string): string {
  const name = BROWSERS.find(([mark]) => userAgent.includes(mark))?.[1] ?? 'Browser';
  return userAgent.includes('Mobile') ? `${name} on a phone` : `${name} tab`;
}
