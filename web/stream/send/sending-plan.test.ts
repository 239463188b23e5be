import { describe, expect, test } from 'vitest';
import { PLAY_LIMITS, RATE } from '../limits.js';
import type { PlayWish } from '../play-order.js';
import { guardedSettings, planFor } from './sending-plan.js';

const wish = (change: Partial<PlayWish> = {}): PlayWish => ({
  device: '',
  purpose: 'music',
  codec: 'auto',
  latencyMs: 'auto',
  ...change,
});

describe('how sound is sent', () => {
  test('to this machine as it is, to others as Opus', () => {
    expect(planFor(wish(), false, RATE, 'localhost').opus).toBeUndefined();
    expect(planFor(wish(), false, RATE, 'studio.local').opus).toMatchObject({ frameUs: 20_000, lowDelay: false });
    expect(planFor(wish({ purpose: 'talk' }), true, RATE, 'studio.local').opus).toMatchObject({ lowDelay: true });
  });

  test('what a person asked for beats where the server is', () => {
    expect(planFor(wish({ codec: 'opus' }), true, RATE, 'localhost').opus).toBeDefined();
    expect(planFor(wish({ codec: 'pcm' }), true, RATE, 'studio.local').opus).toBeUndefined();
    expect(planFor(wish({ latencyMs: 35 }), false, RATE, 'localhost').latencyUs).toBe(35_000);
  });

  test('a rate that is not Opus’s own stays PCM', () => {
    const plan = planFor(wish({ codec: 'opus' }), true, 44_100, 'studio.local');
    expect(plan).toMatchObject({ opus: undefined, pcmReason: 'rate' });
    expect(planFor(wish({ codec: 'pcm' }), true, 44_100, 'studio.local').pcmReason).toBeUndefined();
  });

  test.each([
    [19, 2_500],
    [20, 5_000],
    [39, 5_000],
    [40, 10_000],
    ['auto', 10_000],
  ] as const)('talk that wants %s ms has packets of %i µs', (latencyMs, frameUs) => {
    const plan = planFor(wish({ purpose: 'talk', codec: 'opus', latencyMs }), true, RATE, 'localhost');
    expect(plan.opus?.frameUs).toBe(frameUs);
  });

  test('a live stream’s depth is the server’s to find; a file’s is deeper across a network', () => {
    expect(planFor(wish(), true, RATE, 'studio.local').latencyUs).toBe(0);
    const [near, far] = ['localhost', 'studio.local'].map((host) => planFor(wish(), false, RATE, host).latencyUs);
    expect([near, far]).toEqual([PLAY_LIMITS.localFileLatencyUs, PLAY_LIMITS.farFileLatencyUs]);
  });

  test('music fits into 140 kbit/s with all headers: WebSocket 8, message 22, TLS 22, TCP 32, IP 20 bytes a packet', () => {
    const { frameUs, bitrate } = planFor(wish(), true, RATE, 'studio.local').opus ?? { frameUs: 0, bitrate: NaN };
    expect(bitrate + (1e6 / frameUs) * (8 + 22 + 22 + 32 + 20) * 8).toBeLessThan(140_000);
  });

  test('and guarded by parity too: message 15, DATAGRAM 4, QUIC 27, UDP 8, IP 20 bytes a packet', () => {
    const { opus } = planFor(wish(), true, RATE, 'studio.local');
    const { frameUs, bitrate, lowDelay } = guardedSettings(opus ?? { frameUs: 0, bitrate: NaN, lowDelay: false });
    expect(1.5 * bitrate + (1e6 / frameUs) * (15 + 4 + 27 + 8 + 20) * 8).toBeLessThan(135_000);
    // Else what an encoder is behind its sound would change with it.
    expect(lowDelay).toBe(opus?.lowDelay);
  });

  test('guarded talk keeps packets that are shorter', () => {
    const { opus } = planFor(wish({ purpose: 'talk', codec: 'opus', latencyMs: 15 }), true, RATE, 'localhost');
    expect(opus && guardedSettings(opus).frameUs).toBe(2_500);
  });
});
