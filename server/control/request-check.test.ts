import { describe, expect, test } from 'vitest';
import { ownHosts, refuseRequest, type RequestClaims } from './request-check.js';

const hosts = ownHosts('127.0.0.1', 4790);
const refusal = (claims: Partial<RequestClaims>): string | undefined =>
  refuseRequest({ method: 'GET', path: '/api/v1/state', host: 'localhost:4790', ...claims }, hosts)?.code;

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
    expect(ownHosts('127.0.0.1', 80)).toContain('localhost');
    expect(ownHosts('127.9.9.9', 4790)).toContain('127.9.9.9:4790');
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
