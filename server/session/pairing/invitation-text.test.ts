import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { invitationText } from './invitation-text.js';

const LAN = {
  url: 'https://192.168.1.2:4790/pair?code=iDYvY_LYSSbelzJnk951uA',
  otherUrls: ['https://weir-loft.local:4790/pair?code=iDYvY_LYSSbelzJnk951uA'],
  expiresS: 600,
  thisMachineOnly: false,
};

test('for programs it is the links, one a line', () => {
  expect(invitationText(LAN, false)).toBe(`${LAN.url}\n${LAN.otherUrls[0]}\n`);
});

test('for people it is the code as well, white drawn white on black, and until when', () => {
  const text = invitationText(LAN, true);
  expect(text).toContain(`\n  ${LAN.url}\n`);
  expect(text).toContain(`\n  ${LAN.otherUrls[0]}  (the same)\n`);
  expect(text).toContain('within 10 minutes');
  const drawn = [...text.matchAll(/^\x1b\[97;40m([█▀▄ ]+)\x1b\[0m$/gmu)].map(([, line = '']) => Array.from(line));
  const { data } = encode(LAN.url, { border: 2 });
  const isBlack = data.flatMap((_, y) => (y % 2 === 0 ? [data[y], data[y + 1]] : []));
  const seen = drawn.flatMap((line) => [
    line.map((block) => block === '▄' || block === ' '),
    line.map((block) => block === '▀' || block === ' '),
  ]);
  expect(seen.slice(0, data.length)).toEqual(isBlack.slice(0, data.length));
});

test('where only this machine can come, there is nothing to be photographed but a hint', () => {
  const text = invitationText(
    { ...LAN, url: 'http://127.0.0.1:4790/pair?code=x', otherUrls: [], thisMachineOnly: true },
    true,
  );
  expect(text).not.toContain('█');
  expect(text).toContain('--listen 0.0.0.0:4790');
});
