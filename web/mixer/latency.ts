import type { ClientState, JitterState, StreamState } from '../session/mixer-state.js';
import { RATE } from '../stream/limits.js';
import type { ListenHops } from '../stream/listening.js';
import type { PcmReason } from '../stream/play-order.js';
import { formatWords } from './words.js';

/** A part of the way, and the time that it takes. */
export interface Hop {
  readonly name: string;
  readonly ms: number;
}

type Measured = Pick<StreamState, 'hops' | 'jitter' | 'latencyUs'>;

/** From the microphone to the loudspeaker; of a stream that the server's clock pulls, what is before its ring is no latency. */
export function hopsOfStream({ hops, jitter, latencyUs }: Measured): Hop[] {
  const { captureUs, networkUs, jitterUs, mixUs, deviceUs } = hops;
  if (jitter === undefined) {
    const bufferUs = Math.max(0, latencyUs - mixUs - deviceUs);
    return inMs([
      ['Buffer', bufferUs],
      ['Mix', mixUs],
      ['Device', deviceUs],
    ]);
  }
  return inMs([
    ['Capture', captureUs],
    ['Network', networkUs],
    ['Jitter buffer', jitterUs],
    ['Mix', mixUs],
    ['Device', deviceUs],
  ]);
}

const inMs = (hops: readonly (readonly [name: string, us: number])[]): Hop[] =>
  hops.map(([name, us]) => ({ name, ms: us / 1000 }));

/** From the mix to this page's loudspeaker. */
export function hopsOfListening({ serverMs, networkMs, jitterMs, workletMs, deviceMs }: ListenHops): Hop[] {
  return [
    { name: 'Server', ms: serverMs },
    { name: 'Network', ms: networkMs },
    { name: 'Jitter buffer', ms: jitterMs },
    { name: 'Browser', ms: workletMs },
    { name: 'Device', ms: deviceMs },
  ];
}

/** All of a stream's way, in µs; 0 while it is not known. */
export const latencyUsOf = (stream: Measured): number =>
  stream.jitter === undefined || stream.latencyUs === 0
    ? stream.latencyUs
    : hopsOfStream(stream).reduce((sum, { ms }) => sum + ms * 1000, 0);

/** "12 ms", "3.4 ms", "–" */
export function msWords(ms: number | undefined): string {
  return ms === undefined ? '–' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** "+12.3 ppm" */
export function driftWords(ppm: number): string {
  const rounded = Math.abs(ppm).toFixed(1);
  const sign = rounded === '0.0' ? '' : ppm > 0 ? '+' : '−';
  return `${sign}${rounded} ppm`;
}

/** What the network did to a live stream, and how much was made up for it. */
export function networkFigures(jitter: JitterState, rate: number): (readonly [term: string, value: string])[] {
  return [
    ['Packets late', String(jitter.latePackets)],
    ['Packets lost', String(jitter.lostPackets)],
    ['Made up', msWords((jitter.concealedFrames / (rate || RATE)) * 1000)],
    ['Skipped', msWords((jitter.skippedFrames / (rate || RATE)) * 1000)],
    ['Clock drift', driftWords(jitter.driftPpm)],
  ];
}

const CARRIER_WORDS: Record<string, string> = {
  unix: 'Unix socket',
  websocket: 'WebSocket',
  webtransport: 'WebTransport',
  pulse: 'PulseAudio',
  player: 'HTTP',
};

export const CODEC_WORDS = { pcm: 'PCM', opus: 'Opus' } as const;

/** By what a stream travels, and as what: "WebTransport · Opus" */
export function wayWords({ sharedMemory, codec }: StreamState, client: ClientState | undefined): string {
  if (sharedMemory) return 'shared memory';
  const carrier = client?.carrier ?? '';
  return [CARRIER_WORDS[carrier] ?? carrier, CODEC_WORDS[codec]].filter(Boolean).join(' · ');
}

/** "s16 · 48 kHz · stereo"; of what is compressed, the format of its samples says nothing. */
export const soundWords = ({ codec, format, rate, channels }: StreamState): string =>
  formatWords({ format: codec === 'pcm' ? format : '', rate, channels });

/** Why sound that was wanted as Opus goes as PCM. */
export const PCM_REASONS: Record<PcmReason, string> = {
  browser: 'PCM: this browser has no WebCodecs for Opus',
  rate: 'PCM: Opus does not know this sound’s rate',
  server: 'PCM: the server has no libopus',
};
