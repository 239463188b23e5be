import { weir } from '#proto';

const { Codec, Direction, SampleFormat, StreamState: WireStreamState, Transport } = weir.v1;

export type StreamPhase = 'filling' | 'playing' | 'starved' | 'paused' | 'draining' | 'orphaned' | 'unknown';

export interface DeviceState {
  name: string;
  description: string;
  isOutput: boolean;
  /** null, file, alsa, monitor */
  kind: string;
  /** The output that a monitor hears, else empty. */
  monitorOf: string;
  isDefault: boolean;
  running: boolean;
  lost: boolean;
  /** Its device is somebody else's for now: what plays there stands still. */
  suspended: boolean;
  format: string;
  rate: number;
  channels: number;
  /** Fader position, 1 is unity. */
  volume: number;
  muted: boolean;
  quantumFrames: number;
  delayUs: number;
  xruns: number;
  realtime: boolean;
  restarts: number;
  /** Each channel's share of the fader's position; empty: they are alike. */
  balance: readonly number[];
}

export interface ClientState {
  client: number;
  name: string;
  carrier: string;
  /** 0: the kernel names none. */
  pid: number;
  program: string;
  /** A browser that was let in, as its pairing names it, else empty. */
  pairedAs: string;
}

/** Where the time goes between capture and loudspeaker, measured, in µs; what a path does not have is 0. */
export interface HopsState {
  captureUs: number;
  networkUs: number;
  jitterUs: number;
  mixUs: number;
  deviceUs: number;
}

/** Of a live stream: what the network did, and what was made of it. */
export interface JitterState {
  targetUs: number;
  packets: number;
  latePackets: number;
  lostPackets: number;
  concealedFrames: number;
  skippedFrames: number;
  driftPpm: number;
}

export interface StreamState {
  stream: number;
  client: number;
  name: string;
  isPlayback: boolean;
  device: string;
  sharedMemory: boolean;
  /** Of pcm, `format` says more. */
  codec: 'pcm' | 'opus';
  format: string;
  rate: number;
  channels: number;
  /** Fader position, 1 is unity. */
  volume: number;
  muted: boolean;
  phase: StreamPhase;
  fillFrames: number;
  latencyUs: number;
  starvedFrames: number;
  underruns: number;
  droppedFrames: number;
  hops: HopsState;
  /** Undefined of a stream that the server's clock pulls. */
  jitter: JitterState | undefined;
}

/** What the mixer shows. Plain objects, so that a store can follow each field. */
export interface MixerState {
  revision: number;
  devices: Record<string, DeviceState>;
  clients: Record<number, ClientState>;
  streams: Record<number, StreamState>;
}

export const EMPTY_STATE: Readonly<MixerState> = { revision: 0, devices: {}, clients: {}, streams: {} };

const FORMATS: Record<number, string> = {
  [SampleFormat.S16]: 's16',
  [SampleFormat.S24]: 's24',
  [SampleFormat.S32]: 's32',
  [SampleFormat.F32]: 'f32',
};

const PHASES: Record<number, StreamPhase> = {
  [WireStreamState.FILLING]: 'filling',
  [WireStreamState.PLAYING]: 'playing',
  [WireStreamState.STREAM_STARVED]: 'starved',
  [WireStreamState.PAUSED]: 'paused',
  [WireStreamState.DRAINING]: 'draining',
  [WireStreamState.STREAM_ORPHANED]: 'orphaned',
};

function deviceFrom(wire: weir.v1.Device.$Properties): DeviceState {
  return {
    name: wire.name ?? '',
    description: wire.description ?? '',
    isOutput: wire.direction === Direction.PLAYBACK,
    kind: wire.kind ?? '',
    monitorOf: wire.monitorOf ?? '',
    isDefault: wire.isDefault ?? false,
    running: wire.running ?? false,
    lost: wire.lost ?? false,
    suspended: wire.suspended ?? false,
    format: FORMATS[wire.format ?? 0] ?? '',
    rate: wire.rate ?? 0,
    channels: wire.channels ?? 0,
    volume: wire.volume ?? 0,
    muted: wire.muted ?? false,
    quantumFrames: wire.quantumFrames ?? 0,
    delayUs: wire.delayUs ?? 0,
    xruns: wire.xruns ?? 0,
    realtime: wire.realtime ?? false,
    restarts: wire.restarts ?? 0,
    balance: wire.balance ?? [],
  };
}

function clientFrom(wire: weir.v1.Client.$Properties): ClientState {
  return {
    client: wire.client ?? 0,
    name: wire.name ?? '',
    carrier: wire.carrier ?? '',
    pid: wire.pid ?? 0,
    program: wire.program ?? '',
    pairedAs: wire.pairedAs ?? '',
  };
}

function streamFrom(wire: weir.v1.Stream.$Properties): StreamState {
  return {
    stream: wire.stream ?? 0,
    client: wire.client ?? 0,
    name: wire.name ?? '',
    isPlayback: wire.direction === Direction.PLAYBACK,
    device: wire.device ?? '',
    sharedMemory: wire.transport === Transport.RING,
    codec: wire.codec === Codec.OPUS ? 'opus' : 'pcm',
    format: FORMATS[wire.format ?? 0] ?? '',
    rate: wire.rate ?? 0,
    channels: wire.channels ?? 0,
    volume: wire.volume ?? 0,
    muted: wire.muted ?? false,
    phase: PHASES[wire.state ?? 0] ?? 'unknown',
    fillFrames: wire.fillFrames ?? 0,
    latencyUs: wire.latencyUs ?? 0,
    starvedFrames: wire.starvedFrames ?? 0,
    underruns: wire.underruns ?? 0,
    droppedFrames: wire.droppedFrames ?? 0,
    hops: hopsFrom(wire.hops ?? {}),
    jitter: wire.jitter ? jitterFrom(wire.jitter) : undefined,
  };
}

function hopsFrom({ captureUs, networkUs, jitterUs, mixUs, deviceUs }: weir.v1.Hops.$Properties): HopsState {
  return {
    captureUs: captureUs ?? 0,
    networkUs: networkUs ?? 0,
    jitterUs: jitterUs ?? 0,
    mixUs: mixUs ?? 0,
    deviceUs: deviceUs ?? 0,
  };
}

function jitterFrom(wire: weir.v1.Jitter.$Properties): JitterState {
  return {
    targetUs: wire.targetUs ?? 0,
    packets: wire.packets ?? 0,
    latePackets: wire.latePackets ?? 0,
    lostPackets: wire.lostPackets ?? 0,
    concealedFrames: wire.concealedFrames ?? 0,
    skippedFrames: wire.skippedFrames ?? 0,
    driftPpm: wire.driftPpm ?? 0,
  };
}

/** Writes what is new over what is there, so that an unchanged field stays unchanged for whoever watches it. */
function put<K extends PropertyKey, T extends object>(table: Record<K, T>, key: K, next: T): void {
  if (Object.hasOwn(table, key)) Object.assign(table[key], next);
  else table[key] = next;
}

/** What changed, in place: whole objects over those present, and what is gone. An older patch than the state changes nothing. */
export function applyPatch(state: MixerState, patch: weir.v1.Patch.$Properties): void {
  const revision = patch.revision ?? 0;
  if (revision < state.revision) return;
  state.revision = revision;
  for (const wire of patch.devices ?? []) put(state.devices, wire.name ?? '', deviceFrom(wire));
  for (const wire of patch.clients ?? []) put(state.clients, wire.client ?? 0, clientFrom(wire));
  for (const wire of patch.streams ?? []) put(state.streams, wire.stream ?? 0, streamFrom(wire));
  for (const name of patch.devicesGone ?? []) delete state.devices[name];
  for (const client of patch.clientsGone ?? []) delete state.clients[client];
  for (const stream of patch.streamsGone ?? []) delete state.streams[stream];
}

/** The whole truth, in place: as a patch, and everything that it does not name is gone. */
export function applySnapshot(state: MixerState, snapshot: weir.v1.Snapshot.$Properties): void {
  const devices = new Set(snapshot.devices?.map((device) => device.name ?? ''));
  const clients = new Set(snapshot.clients?.map((client) => client.client ?? 0));
  const streams = new Set(snapshot.streams?.map((stream) => stream.stream ?? 0));
  // Another server's life may count from the start again.
  state.revision = 0;
  applyPatch(state, {
    ...snapshot,
    devicesGone: Object.keys(state.devices).filter((name) => !devices.has(name)),
    clientsGone: Object.keys(state.clients)
      .map(Number)
      .filter((client) => !clients.has(client)),
    streamsGone: Object.keys(state.streams)
      .map(Number)
      .filter((stream) => !streams.has(stream)),
  });
}
