import { describe, expect, test } from 'vitest';
import { refuseLocalPeer } from './local-peer.js';

describe('a loopback TCP peer', () => {
  test("of the server's own user is let in", () => {
    expect(refuseLocalPeer({ uid: 1000 }, 1000)).toBeUndefined();
  });

  test.each([0, 999, 65_534])('of user %i is refused, root included', (uid) => {
    const refusal = refuseLocalPeer({ uid }, 1000);
    expect(refusal?.code).toBe('PEER_UNKNOWN');
    expect(refusal?.what).toContain(String(uid));
  });

  test('in a sandbox is refused, and told which', () => {
    const refusal = refuseLocalPeer({ uid: 1000, sandbox: 'flatpak' }, 1000);
    expect(refusal?.code).toBe('PEER_UNKNOWN');
    expect(refusal?.what).toContain('flatpak');
  });
});
