import { describe, expect, test } from 'vitest';
import { plainHosts, refuseRequest, type RequestClaims, certifiedHosts } from './request-check.js';

const hosts = plainHosts('127.0.0.1', 4790);
const refusal = (claims: Partial<RequestClaims>): string | undefined =>
  refuseRequest({ method: 'GET', path: '/api/v1/state', secure: false, host: 'localhost:4790', ...claims }, hosts)
    ?.code;

describe('Host', () => {
  test.each(['localhost:4790', '127.0.0.1:4790', '[::1]:4790', 'LocalHost:4790'])('%s is ours', (host) => {
    expect(refusal({ host })).toBeUndefined();
  });

  test.each([
    undefined,
    '',
    'localhost',
    'localhost:80',
    '127.0.0.1:4791',
    'evil.example:4790',
    'localhost.evil.example:4790',
    'evil.example#localhost:4790',
    'user@localhost:4790',
    'localhost:4790, localhost:4790',
    'localhost:4790 ',
    '127.1:4790',
    '0.0.0.0:4790',
  ])('%s is not', (host) => {
    expect(refusal({ host })).toBe('ORIGIN_REFUSED');
  });

  test('may lack the port on port 80, and be the address we listen on', () => {
    expect(plainHosts('127.0.0.1', 80).has('localhost')).toBe(true);
    expect(plainHosts('127.9.9.9', 4790).has('127.9.9.9:4790')).toBe(true);
  });
});

describe('over TLS', () => {
  const certified = new Set(['loft.local', '192.168.1.5', 'fd00::5', 'localhost']);
  const secure = certifiedHosts({ covers: (name) => certified.has(name) }, 4790, 443);
  const code = (claims: Partial<RequestClaims>): string | undefined =>
    refuseRequest({ method: 'GET', path: '/ws', secure: true, ...claims }, secure)?.code;

  test.each(['loft.local:4790', 'LOFT.local:4790', '192.168.1.5:4790', '[fd00::5]:4790', 'localhost:4790'])(
    'what the certificate is for is ours: %s',
    (host) => {
      expect(code({ host })).toBeUndefined();
      expect(code({ host, origin: `https://${host}` })).toBeUndefined();
    },
  );

  test.each([
    undefined,
    '',
    'loft.local',
    'loft.local:443',
    'loft.local:',
    'loft.local:04790',
    'evil.example:4790',
    'fd00::5:4790',
    '[192.168.1.5]:4790x',
    'loft.local:4790/x',
    'user@loft.local:4790',
    'loft.local.:4790',
  ])('%s is not', (host) => expect(code({ host })).toBe('ORIGIN_REFUSED'));

  test('the port may be missing on 443', () => {
    const usual = certifiedHosts({ covers: () => true }, 443, 443);
    expect([usual.has('loft.local'), usual.has('loft.local:443'), usual.has('loft.local:80')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('a page that came over plain HTTP is another, and one over TLS is not the plain one', () => {
    expect(code({ host: 'loft.local:4790', origin: 'http://loft.local:4790' })).toBe('ORIGIN_REFUSED');
    expect(code({ host: 'localhost:4790', origin: 'http://localhost:4790' })).toBe('ORIGIN_REFUSED');
    expect(refusal({ origin: 'https://localhost:4790' })).toBe('ORIGIN_REFUSED');
  });
});

describe('Origin', () => {
  test('may be absent, or exactly the address in Host', () => {
    expect(refusal({})).toBeUndefined();
    expect(refusal({ origin: 'http://localhost:4790' })).toBeUndefined();
    expect(refusal({ host: '[::1]:4790', origin: 'http://[::1]:4790' })).toBeUndefined();
  });

  test.each([
    'null',
    '',
    'http://evil.example',
    'https://localhost:4790',
    'http://localhost:3000',
    'http://127.0.0.1:4790',
    'http://localhost:4790.evil.example',
    'http://localhost:4790/',
  ])('%s is refused', (origin) => {
    expect(refusal({ origin })).toBe('ORIGIN_REFUSED');
  });
});

describe('Fetch Metadata', () => {
  const link = { fetchMode: 'navigate', fetchDest: 'document' };

  test.each(['same-origin', 'none'])('%s passes', (fetchSite) => {
    expect(refusal({ fetchSite })).toBeUndefined();
  });

  test.each(['cross-site', 'same-site', 'anything'])('%s is refused', (fetchSite) => {
    expect(refusal({ fetchSite })).toBe('ORIGIN_REFUSED');
    expect(refusal({ fetchSite, ...link }), 'the API is no page').toBe('ORIGIN_REFUSED');
  });

  test('a link may open the page, and nothing but a link', () => {
    const fromElsewhere = { path: '/', fetchSite: 'cross-site' };
    expect(refusal({ ...fromElsewhere, ...link })).toBeUndefined();
    expect(refusal({ ...fromElsewhere, ...link, fetchDest: 'iframe' })).toBe('ORIGIN_REFUSED');
    expect(refusal({ ...fromElsewhere, ...link, method: 'POST' })).toBe('ORIGIN_REFUSED');
    expect(refusal({ ...fromElsewhere, fetchMode: 'no-cors', fetchDest: 'image' })).toBe('ORIGIN_REFUSED');
  });
});
