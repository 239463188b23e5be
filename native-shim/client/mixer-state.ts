import type { weir } from '#proto';
import {
  type CodecName,
  codecWord,
  type Direction,
  directionWord,
  formatWord,
  type SampleFormat,
  type StreamStateName,
  stateWord,
  type TransportName,
  transportWord,
} from './words.js';

/** What the mixer shows, in words: the shape of `weir status --json`. Fields are only ever added. */

export interface DeviceInfo {
  readonly name: string;
  readonly description: string;
  /** playback: an output; record: an input or an output's monitor. */
  readonly direction: Direction;
  readonly kind: string;
  readonly monitorOf: string | null;
  readonly isDefault: boolean;
  readonly running: boolean;
  readonly lost: boolean;
  /** Its device is somebody else's for now: what plays there stands still. */
  readonly suspended: boolean;
  readonly format: SampleFormat;
  readonly rate: number;
  readonly channels: number;
  /** Fader position, 1 is unity. */
  readonly volume: number;
  readonly muted: boolean;
  readonly quantumFrames: number;
  readonly delayUs: number;
  readonly xruns: number;
  /** Mixed, and not played. */
  readonly droppedFrames: number;
  readonly realtime: boolean;
  readonly restarts: number;
  /** Each channel's share of the fader's position, the loudest being 1; empty: they are alike. */
  readonly balance: readonly number[];
}

export interface ClientInfo {
  readonly client: number;
  readonly name: string;
  readonly carrier: string;
  /** The process and its user; null of a browser that was let in. */
  readonly pid: number | null;
  readonly uid: number | null;
  readonly program: string;
  /** A browser that was let in, as its pairing names it. */
  readonly pairedAs: string | null;
}

/** Where the time goes between capture and loudspeaker, measured; what a path does not have is 0. */
export interface HopsInfo {
  readonly captureUs: number;
  readonly networkUs: number;
  readonly jitterUs: number;
  readonly mixUs: number;
  readonly deviceUs: number;
}

/** Of live streams: what the network did, and what was made of it. */
export interface JitterInfo {
  readonly targetUs: number;
  readonly packets: number;
  readonly latePackets: number;
  readonly lostPackets: number;
  readonly concealedFrames: number;
  readonly skippedFrames: number;
  readonly driftPpm: number;
}

export interface StreamInfo {
  readonly stream: number;
  readonly client: number;
  readonly name: string;
  readonly direction: Direction;
  readonly device: string;
  readonly transport: TransportName;
  /** Of copies: how their packets carry the frames. */
  readonly codec: CodecName;
  readonly format: SampleFormat;
  readonly rate: number;
  readonly channels: number;
  readonly volume: number;
  readonly muted: boolean;
  readonly state: StreamStateName;
  readonly fillFrames: number;
  readonly latencyUs: number;
  readonly starvedFrames: number;
  readonly underruns: number;
  readonly droppedFrames: number;
  readonly hops: HopsInfo;
  readonly jitter: JitterInfo;
}

/** How the server itself does. */
export interface HealthInfo {
  /** What its main loop was late by, in the last minute or so. */
  readonly loopDelayP50Us: number;
  readonly loopDelayP999Us: number;
  /** Kinds of sound that are made for listeners by copies, and packets made for them since start, each once for all. */
  readonly feeds: number;
  readonly feedPackets: number;
  readonly copiesRestarts: number;
  /** Where PulseAudio programs reach it: the value of their PULSE_SERVER. */
  readonly pulseServer: string;
}

export interface MixerState {
  readonly revision: number;
  readonly devices: readonly DeviceInfo[];
  readonly clients: readonly ClientInfo[];
  readonly streams: readonly StreamInfo[];
  readonly health: HealthInfo;
}

const healthOf = (h: weir.v1.Health.$Properties = {}): HealthInfo => ({
  loopDelayP50Us: h.loopDelayP50Us ?? 0,
  loopDelayP999Us: h.loopDelayP999Us ?? 0,
  feeds: h.feeds ?? 0,
  feedPackets: h.feedPackets ?? 0,
  copiesRestarts: h.copiesRestarts ?? 0,
  pulseServer: h.pulseServer ?? '',
});

export const EMPTY_STATE: MixerState = { revision: 0, devices: [], clients: [], streams: [], health: healthOf() };

const deviceOf = (d: weir.v1.Device.$Properties): DeviceInfo => ({
  name: d.name ?? '',
  description: d.description ?? '',
  direction: directionWord(d.direction),
  kind: d.kind ?? '',
  monitorOf: d.monitorOf ? d.monitorOf : null,
  isDefault: d.isDefault ?? false,
  running: d.running ?? false,
  lost: d.lost ?? false,
  suspended: d.suspended ?? false,
  format: formatWord(d.format),
  rate: d.rate ?? 0,
  channels: d.channels ?? 0,
  volume: d.volume ?? 0,
  muted: d.muted ?? false,
  quantumFrames: d.quantumFrames ?? 0,
  delayUs: d.delayUs ?? 0,
  xruns: d.xruns ?? 0,
  droppedFrames: d.droppedFrames ?? 0,
  realtime: d.realtime ?? false,
  restarts: d.restarts ?? 0,
  balance: d.balance ?? [],
});

const clientOf = (c: weir.v1.Client.$Properties): ClientInfo => ({
  client: c.client ?? 0,
  name: c.name ?? '',
  carrier: c.carrier ?? '',
  pid: c.pid ?? null,
  uid: c.uid ?? null,
  program: c.program ?? '',
  pairedAs: c.pairedAs ? c.pairedAs : null,
});

const streamOf = (s: weir.v1.Stream.$Properties): StreamInfo => ({
  stream: s.stream ?? 0,
  client: s.client ?? 0,
  name: s.name ?? '',
  direction: directionWord(s.direction),
  device: s.device ?? '',
  transport: transportWord(s.transport),
  codec: codecWord(s.codec),
  format: formatWord(s.format),
  rate: s.rate ?? 0,
  channels: s.channels ?? 0,
  volume: s.volume ?? 0,
  muted: s.muted ?? false,
  state: stateWord(s.state),
  fillFrames: s.fillFrames ?? 0,
  latencyUs: s.latencyUs ?? 0,
  starvedFrames: s.starvedFrames ?? 0,
  underruns: s.underruns ?? 0,
  droppedFrames: s.droppedFrames ?? 0,
  hops: hopsOf(s.hops ?? {}),
  jitter: jitterOf(s.jitter ?? {}),
});

const hopsOf = (h: weir.v1.IHops): HopsInfo => ({
  captureUs: h.captureUs ?? 0,
  networkUs: h.networkUs ?? 0,
  jitterUs: h.jitterUs ?? 0,
  mixUs: h.mixUs ?? 0,
  deviceUs: h.deviceUs ?? 0,
});

const jitterOf = (j: weir.v1.IJitter): JitterInfo => ({
  targetUs: j.targetUs ?? 0,
  packets: j.packets ?? 0,
  latePackets: j.latePackets ?? 0,
  lostPackets: j.lostPackets ?? 0,
  concealedFrames: j.concealedFrames ?? 0,
  skippedFrames: j.skippedFrames ?? 0,
  driftPpm: j.driftPpm ?? 0,
});

export function stateOf(snapshot: weir.v1.Snapshot.$Properties): MixerState {
  return {
    revision: snapshot.revision ?? 0,
    devices: (snapshot.devices ?? []).map(deviceOf),
    clients: (snapshot.clients ?? []).map(clientOf),
    streams: (snapshot.streams ?? []).map(streamOf),
    health: healthOf(snapshot.health ?? {}),
  };
}

/** Whole objects replace their namesakes in place; new ones come last; what is gone goes. */
function merged<T, K>(
  old: readonly T[],
  changed: readonly T[],
  gone: readonly K[],
  keyOf: (item: T) => K,
): readonly T[] {
  if (changed.length === 0 && gone.length === 0) return old;
  const byKey = new Map(old.map((item) => [keyOf(item), item]));
  for (const item of changed) byKey.set(keyOf(item), item);
  for (const key of gone) byKey.delete(key);
  return [...byKey.values()];
}

/** The state after a patch. A patch as old as the state changes nothing. */
export function patched(state: MixerState, patch: weir.v1.Patch.$Properties): MixerState {
  const revision = patch.revision ?? 0;
  if (revision <= state.revision) return state;
  return {
    revision,
    devices: merged(state.devices, (patch.devices ?? []).map(deviceOf), patch.devicesGone ?? [], (d) => d.name),
    clients: merged(state.clients, (patch.clients ?? []).map(clientOf), patch.clientsGone ?? [], (c) => c.client),
    streams: merged(state.streams, (patch.streams ?? []).map(streamOf), patch.streamsGone ?? [], (s) => s.stream),
    health: patch.health ? healthOf(patch.health) : state.health,
  };
}

/** Peak and RMS since the last meters, linear, one value a channel. */
export interface LevelInfo {
  readonly peak: readonly number[];
  readonly rms: readonly number[];
}

export interface MeterLevels {
  readonly devices: ReadonlyMap<string, LevelInfo>;
  readonly streams: ReadonlyMap<number, LevelInfo>;
}

export function levelsOf(meters: weir.v1.Meters.$Properties): MeterLevels {
  const devices = new Map<string, LevelInfo>();
  const streams = new Map<number, LevelInfo>();
  for (const level of meters.levels ?? []) {
    const info = { peak: level.peak ?? [], rms: level.rms ?? [] };
    if (typeof level.device === 'string') devices.set(level.device, info);
    else if (typeof level.stream === 'number') streams.set(level.stream, info);
  }
  return { devices, streams };
}
