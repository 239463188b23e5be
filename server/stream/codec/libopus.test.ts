import { describe, expect, test } from 'vitest';
import { fecPackets } from './fec-packets.fixture.js';
import { OPUS_PACKET_BYTES_MAX } from './limits.js';
import { OPUS_RATE, OpusDecoder, OpusEncoder, type OpusSettings, opusPacketFrames } from './libopus.js';

const SETTINGS: OpusSettings = { channels: 2, bitrate: 128_000, lowDelay: false };

function encoderOf(settings: Partial<OpusSettings> = {}): OpusEncoder {
  const encoder = OpusEncoder.open({ ...SETTINGS, ...settings });
  if (!encoder) throw new Error('no encoder');
  return encoder;
}

function decoderOf(channels = 2): OpusDecoder {
  const decoder = OpusDecoder.open(channels);
  if (!decoder) throw new Error('no decoder');
  return decoder;
}

function sine(from: number, frames: number, hz = 440): Float32Array {
  return Float32Array.from({ length: frames * 2 }, (_, i) => {
    return 0.5 * Math.sin((2 * Math.PI * hz * (from + (i >> 1))) / OPUS_RATE);
  });
}

/** Packets that outlive the encoder's next call. */
function packets(encoder: OpusEncoder, count: number, frames = 960): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => encoder.encode(sine(i * frames, frames), frames)?.slice() ?? fail());
}

function fail(): never {
  throw new Error('no packet');
}

const rms = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

describe('Opus', () => {
  test.each([120, 240, 480, 960])('a packet of %i frames comes back as so many, with the tone in it', (frames) => {
    using encoder = encoderOf();
    using decoder = decoderOf();
    const heard = packets(encoder, 20, frames).map((packet) => {
      expect(opusPacketFrames(packet)).toBe(frames);
      return decoder.decode(packet)?.slice() ?? fail();
    });
    expect(heard.every(({ length }) => length === frames * 2)).toBe(true);
    expect(rms(heard.at(-1) ?? fail())).toBeCloseTo(0.5 / Math.SQRT2, 1);
  });

  test('what comes out is the tone that went in, later by the look-ahead', () => {
    using encoder = encoderOf({ lowDelay: true });
    using decoder = decoderOf();
    expect(encoder.lookaheadFrames).toBe(120);
    const pcm = packets(encoder, 10).flatMap((packet) => [...(decoder.decode(packet) ?? [])]);
    const from = 960 * 9;
    const wanted = sine(from - encoder.lookaheadFrames, 960);
    const error = Float32Array.from(wanted, (x, i) => x - (pcm[from * 2 + i] ?? 0));
    expect(rms(error)).toBeLessThan(0.02);
  });

  test.each([64_000, 128_000])('a bitrate of %i is kept', (bitrate) => {
    using encoder = encoderOf({ bitrate });
    const bytes = packets(encoder, 100).reduce((sum, { length }) => sum + length, 0);
    expect((bytes * 8) / 2).toBeLessThan(bitrate * 1.25);
  });

  test('a lost packet is made up for: the tone goes on and fades', () => {
    using encoder = encoderOf();
    using decoder = decoderOf();
    for (const packet of packets(encoder, 20)) decoder.decode(packet);
    const first = rms(decoder.conceal(960) ?? fail());
    for (let i = 0; i < 8; i++) decoder.conceal(960);
    const last = rms(decoder.conceal(960) ?? fail());
    expect(first).toBeGreaterThan(0.2);
    expect(last).toBeLessThan(first / 2);
  });

  test('what a sender’s packets carry of their predecessors is heard where those are lost', () => {
    const recovered = [0, 20].map((packetLossPercent) => {
      using decoder = decoderOf(1);
      using whole = decoderOf(1);
      const sent = fecPackets(voiced(60 * 960), packetLossPercent);
      let error = 0;
      for (const [i, packet] of sent.entries()) {
        const wanted = whole.decode(packet)?.slice() ?? fail();
        const lost = i % 5 === 4;
        const next = sent[i + 1];
        const heard = lost && next ? (decoder.recover(next, 960) ?? fail()) : (decoder.decode(packet) ?? fail());
        if (lost && i > 10) error += rms(wanted.map((x, n) => x - (heard[n] ?? 0)));
      }
      return error;
    });
    expect(recovered[1]).toBeLessThan((recovered[0] ?? 0) * 0.8);
  });

  test('what is no Opus is answered with nothing, and the decoder goes on', () => {
    using encoder = encoderOf();
    using decoder = decoderOf();
    expect(decoder.decode(new Uint8Array())).toBeUndefined();
    expect(decoder.decode(Uint8Array.of(0xff, 0xff, 0xff))).toBeUndefined();
    expect(opusPacketFrames(new Uint8Array())).toBeUndefined();
    expect(opusPacketFrames(new Uint8Array(OPUS_PACKET_BYTES_MAX + 1))).toBeUndefined();
    let seed = 7;
    for (let i = 0; i < 2000; i++) {
      const noise = Uint8Array.from({ length: i % 300 }, () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 16);
      const pcm = decoder.decode(noise);
      expect((pcm?.length ?? 0) % 240).toBe(0);
      opusPacketFrames(noise);
    }
    for (const packet of packets(encoder, 5)) expect(decoder.decode(packet)).toHaveLength(1920);
  });

  test('settings that Opus does not have are refused', () => {
    expect(OpusEncoder.open({ ...SETTINGS, channels: 3 })).toBeUndefined();
    using encoder = encoderOf();
    expect(encoder.encode(new Float32Array(2000), 1000)).toBeUndefined();
  });
});

/** Something like a voice: a buzz of harmonics whose pitch wanders, in syllables. */
function voiced(frames: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: frames }, (_, i) => {
    const t = i / OPUS_RATE;
    phase += (2 * Math.PI * (120 + 40 * Math.sin(2 * Math.PI * 1.7 * t))) / OPUS_RATE;
    const buzz = [1, 2, 3, 5, 8, 13].reduce((sum, n) => sum + Math.sin(n * phase) / n, 0);
    return 0.25 * buzz * Math.max(0, Math.sin(2 * Math.PI * 3 * t));
  });
}
