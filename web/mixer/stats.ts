import type { Playback } from '../stream/playback.js';
import { RATE } from '../stream/limits.js';
import type { ListenHops } from '../stream/listening.js';
import { latencyUsOf } from './latency.js';
import type { Mixer } from './mixer.js';
import type { Tab } from './tab.js';

/**
 * Diagnostics of this page, read-only: shown under "Details", and for scripts and tests as `window.weirStats`. Levels
 * are linear, of the last tenth of a second; frames are at the stream's rate; what is not known is null.
 */
export interface WeirStats {
  readonly connection: {
    readonly phase: string;
    readonly client: number | null;
    readonly server: string;
    readonly roundTripMs: number | null;
    readonly carrier: string;
  };
  readonly listen: {
    readonly phase: string;
    readonly device: string;
    readonly peak: number;
    readonly rms: number;
    readonly underruns: number;
    readonly bufferMs: number;
    readonly targetMs: number;
    readonly framesPlayed: number;
    readonly lostFrames: number;
    readonly skippedFrames: number;
    readonly concealedFrames: number;
    readonly droppedFrames: number;
    readonly latePackets: number;
    readonly driftPpm: number;
    readonly codec: string;
    readonly latencyMs: number | null;
    readonly hops: ListenHops | null;
  };
  readonly play: readonly {
    readonly name: string;
    readonly kind: string;
    readonly phase: string;
    readonly paused: boolean;
    readonly stream: number | null;
    readonly framesSent: number;
    readonly framesPlayed: number;
    readonly framesDropped: number;
    readonly codec: string;
    readonly purpose: string;
    readonly positionMs: number;
    readonly latencyMs: number | null;
  }[];
}

declare global {
  interface Window {
    readonly weirStats: WeirStats;
  }
}

const toMs = (frames: number): number => (frames / RATE) * 1000;

export function readStats(mixer: Mixer, tab: Tab): WeirStats {
  return {
    connection: connectionStats(mixer),
    listen: listenStats(tab),
    play: tab.plays().map((play) => playStats(play, mixer)),
  };
}

function connectionStats({ connection, net }: Mixer): WeirStats['connection'] {
  const now = connection();
  const { roundTripUs } = net;
  return {
    phase: now.phase,
    client: now.phase === 'live' ? now.client : null,
    server: now.phase === 'live' ? `${now.serverName} ${now.serverVersion}`.trim() : '',
    roundTripMs: roundTripUs === undefined ? null : roundTripUs / 1000,
    carrier: now.phase === 'live' ? now.carrier : '',
  };
}

function listenStats(tab: Tab): WeirStats['listen'] {
  const listening = tab.hearing.listening();
  const report = listening?.report;
  return {
    phase: listening?.phase ?? 'off',
    device: listening?.device ?? '',
    peak: report?.peak ?? 0,
    rms: report?.rms ?? 0,
    underruns: report?.underruns ?? 0,
    bufferMs: toMs(report?.delayFrames ?? 0),
    targetMs: toMs(report?.targetFrames ?? 0),
    framesPlayed: report?.playedFrames ?? 0,
    lostFrames: report?.lostFrames ?? 0,
    skippedFrames: report?.skippedFrames ?? 0,
    concealedFrames: report?.concealedFrames ?? 0,
    droppedFrames: listening?.droppedFrames ?? 0,
    latePackets: listening?.latePackets ?? 0,
    driftPpm: report?.driftPpm ?? 0,
    codec: listening?.codec ?? '',
    latencyMs: listening?.latencyMs ?? null,
    hops: listening?.hops ?? null,
  };
}

function playStats(play: Playback, { state }: Mixer): WeirStats['play'][number] {
  const stream = play.stream === undefined ? undefined : state.streams[play.stream];
  return {
    name: play.source.name,
    kind: play.source.kind,
    phase: play.phase,
    paused: play.paused,
    stream: play.stream ?? null,
    framesSent: play.sentFrames,
    framesPlayed: play.positionFrames,
    framesDropped: play.droppedFrames,
    codec: play.codec,
    purpose: play.tuning.purpose,
    positionMs: (play.positionFrames / play.source.rate) * 1000,
    latencyMs: stream ? latencyUsOf(stream) / 1000 : null,
  };
}
