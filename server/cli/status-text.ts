import type {
  DeviceInfo,
  LevelInfo,
  MeterLevels,
  MixerState,
  StreamInfo,
} from '../../native-shim/client/mixer-state.js';
import { table } from './table.js';

export interface Status {
  readonly server: { readonly name: string; readonly version: string };
  readonly state: MixerState;
  readonly levels: MeterLevels;
}

const SILENCE: LevelInfo = { peak: [], rms: [] };

/** The stable shape of `weir status --json`: fields are only ever added. */
export function statusJson({ server, state, levels }: Status): object {
  return {
    server: { ...server, ...state.health },
    devices: state.devices.map((device) => ({ ...device, ...levelOf(device, levels) })),
    clients: state.clients,
    streams: state.streams.map((stream) => ({ ...stream, ...(levels.streams.get(stream.stream) ?? SILENCE) })),
  };
}

/** What a person reads. */
export function statusText(status: Status): string {
  const { server, state } = status;
  return [
    `${server.name} ${server.version}`.trim(),
    ...section('Devices', devices(status)),
    ...section('Clients', clients(state)),
    ...section('Streams', streams(status)),
    ...latencies(state),
    ...realtimeHint(state),
    '',
    mainLoop(state),
    `PulseAudio programs: PULSE_SERVER=${state.health.pulseServer}`,
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...(lines.length > 1 ? lines : ['none']).map((line) => `  ${line}`)];
}

function devices({ state, levels }: Status): string[] {
  const head = ['', 'NAME', 'KIND', 'FORMAT', 'VOLUME', 'LEVEL', 'QUANTUM', 'DELAY', 'XRUNS', 'DROPPED', 'STATE'];
  const rows = state.devices.map((device) => [
    device.isDefault ? '*' : '',
    device.name,
    device.direction === 'playback'
      ? `${device.kind} output`
      : device.monitorOf === null
        ? `${device.kind} input`
        : device.kind,
    shape(device),
    fader(device),
    peak(levelOf(device, levels)),
    String(device.quantumFrames),
    milliseconds(device.delayUs),
    String(device.xruns),
    String(device.droppedFrames),
    deviceState(device),
  ]);
  return table(head, rows);
}

function clients(state: MixerState): string[] {
  const head = ['NO', 'NAME', 'CARRIER', 'PID', 'UID', 'PROGRAM'];
  const rows = state.clients.map((c) => [
    String(c.client),
    c.name,
    c.carrier,
    String(c.pid ?? ''),
    String(c.uid ?? ''),
    c.pairedAs === null ? c.program : `${c.pairedAs} (paired)`,
  ]);
  return table(head, rows);
}

function streams({ state, levels }: Status): string[] {
  const head = [
    'NO',
    'NAME',
    'CLIENT',
    'ROUTE',
    'FORMAT',
    'VOLUME',
    'LEVEL',
    'LATENCY',
    'UNDERRUNS',
    'DROPPED',
    'STATE',
  ];
  const rows = state.streams.map((stream) => [
    String(stream.stream),
    stream.name,
    state.clients.find((client) => client.client === stream.client)?.name ?? '',
    `${stream.direction === 'playback' ? 'to' : 'from'} ${stream.device || 'nothing'}`,
    stream.codec === 'pcm' ? shape(stream) : `${shape(stream)} ${stream.codec}`,
    fader(stream),
    peak(levels.streams.get(stream.stream)),
    milliseconds(stream.latencyUs),
    String(stream.underruns),
    String(stream.droppedFrames),
    isSuspended(state, stream) ? 'suspended' : stream.state,
  ]);
  return table(head, rows);
}

/** Whether its device is somebody else's for now: then it stands still, whatever it did before. */
const isSuspended = (state: MixerState, { device }: StreamInfo): boolean =>
  state.devices.some(({ name, suspended }) => suspended && name === device);

/** Of streams that come over a network: hop by hop, and what the network did. */
function latencies(state: MixerState): string[] {
  const head = [
    'NO',
    'CAPTURE',
    'NETWORK',
    'JITTER',
    'MIX',
    'DEVICE',
    'IN ALL',
    'LATE',
    'LOST',
    'MADE UP',
    'SKIPPED',
    'DRIFT',
  ];
  const rows = state.streams
    .filter(({ jitter }) => jitter.packets > 0)
    .map(({ stream, rate, hops, jitter }) => {
      const way = [hops.captureUs, hops.networkUs, hops.jitterUs, hops.mixUs, hops.deviceUs];
      const allUs = way.reduce((sum, us) => sum + us, 0);
      return [
        String(stream),
        ...[...way, allUs].map(milliseconds),
        String(jitter.latePackets),
        String(jitter.lostPackets),
        milliseconds((jitter.concealedFrames * 1e6) / rate),
        milliseconds((jitter.skippedFrames * 1e6) / rate),
        `${jitter.driftPpm.toFixed(0)} ppm`,
      ];
    });
  return rows.length === 0 ? [] : section('Ways over the network', table(head, rows));
}

/** Control, carriers and copies all wait for it. */
function mainLoop({ health }: MixerState): string {
  const { loopDelayP50Us, loopDelayP999Us, copiesRestarts } = health;
  const late = `Main loop late by ${milliseconds(loopDelayP50Us)} (median), ${milliseconds(loopDelayP999Us)} (p99.9)`;
  return copiesRestarts > 0 ? `${late}; thread for copies restarted ${copiesRestarts}×` : late;
}

/** Says how to get what is missing, once, where a device runs without it. */
function realtimeHint(state: MixerState): string[] {
  if (!state.devices.some((device) => device.running && device.monitorOf === null && !device.realtime)) return [];
  return [
    '',
    'No real-time priority; for latencies below 10 ms run this and log in again:',
    '  echo "$USER - rtprio 20" | sudo tee /etc/security/limits.d/weir.conf',
  ];
}

/** A monitor hears exactly what its output plays. */
const levelOf = (device: DeviceInfo, levels: MeterLevels): LevelInfo =>
  levels.devices.get(device.monitorOf ?? device.name) ?? SILENCE;

const shape = (of: DeviceInfo | StreamInfo): string => `${of.format} ${of.rate} Hz ${of.channels} ch`;
const fader = (of: DeviceInfo | StreamInfo): string => (of.muted ? 'muted' : `${Math.round(of.volume * 100)} %`);
const milliseconds = (us: number): string => `${(us / 1000).toFixed(1)} ms`;

function deviceState(device: DeviceInfo): string {
  const words = [device.lost ? 'lost' : device.suspended ? 'suspended' : device.running ? 'running' : 'idle'];
  if (device.realtime) words.push('real time');
  if (device.restarts > 0) words.push(`restarted ${device.restarts}×`);
  return words.join(', ');
}

/** The loudest channel in dB below full scale. */
function peak(level: LevelInfo | undefined): string {
  const largest = Math.max(0, ...(level?.peak ?? []));
  return largest > 0.00001 ? `${(20 * Math.log10(largest)).toFixed(1)} dB` : '';
}
