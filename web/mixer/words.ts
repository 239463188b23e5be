import type { DeviceState, StreamPhase, StreamState } from '../session/mixer-state.js';

/** States as people read them. */
const PHASE_WORDS: Record<StreamPhase, string> = {
  filling: 'filling',
  playing: 'playing',
  starved: 'starved',
  paused: 'paused',
  draining: 'ending',
  orphaned: 'no output',
  unknown: 'unknown',
};

/** How a stream does. On an output that let go of its device it stands still, whatever it did before. */
export const phaseWords = (stream: Pick<StreamState, 'phase'>, output?: Pick<DeviceState, 'suspended'>): string =>
  output?.suspended ? 'waiting for its output' : PHASE_WORDS[stream.phase];

export const milliseconds = (us: number): string => (us > 0 ? `${(us / 1000).toFixed(us < 100_000 ? 1 : 0)} ms` : '–');

const kilohertz = (rate: number): string => `${rate / 1000} kHz`;

const CHANNEL_WORDS = ['', 'mono', 'stereo'];

const channelWords = (channels: number): string => CHANNEL_WORDS[channels] || `${channels} ch`;

export function formatWords({
  format,
  rate,
  channels,
}: Pick<DeviceState | StreamState, 'format' | 'rate' | 'channels'>): string {
  return [format, rate ? kilohertz(rate) : '', channels ? channelWords(channels) : ''].filter(Boolean).join(' · ');
}

/** "3:07" */
export function clockWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
