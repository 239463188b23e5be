import { expect, test } from 'vitest';
import { soundRefused, type Surroundings } from './sound-allowed.js';

const all: Surroundings = {
  isSecureContext: true,
  hasWorklets: true,
  hasMediaDevices: true,
  protocol: 'https:',
  host: '192.168.1.5:4790',
};

test('a page that has everything is refused nothing', () => {
  expect(soundRefused(all)).toBeUndefined();
  expect(soundRefused({ ...all, protocol: 'http:', host: '127.0.0.1:4790' })).toBeUndefined();
});

test.each([{ isSecureContext: false }, { hasWorklets: false }, { hasMediaDevices: false }])(
  'over HTTPS with %j the way out is to trust the certificate',
  (lack) => {
    const failure = soundRefused({ ...all, ...lack });
    expect(failure).toMatchObject({ code: 'CERTIFICATE_UNTRUSTED', link: { url: 'http://192.168.1.5:4790/' } });
    expect(failure?.wayOut).toContain('Install');
  },
);

test('over plain HTTP the way out is HTTPS', () => {
  expect(soundRefused({ ...all, isSecureContext: false, protocol: 'http:' })).toMatchObject({
    code: 'INSECURE_CONTEXT',
    link: { url: 'https://192.168.1.5:4790/' },
  });
});
