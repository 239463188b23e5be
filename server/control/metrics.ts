import { readdirSync } from 'node:fs';
import { Counter, Gauge, Registry } from 'prom-client';
import type { State } from './api/schemas.js';

const US_PER_S = 1e6;

/** What Prometheus reads: the mixer's figures from one snapshot, in text format 0.0.4. */
export async function metricsText(state: State): Promise<string> {
  const registry = new Registry();
  describeDevices(registry, state.devices);
  describeStreams(registry, state.streams);
  describeClients(registry, state.clients);
  describeProcess(registry);
  describeHealth(registry, state.health);
  return registry.metrics();
}

function describeProcess(registry: Registry): void {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  gauge(registry, 'weir_process_resident_bytes', 'Resident memory').set(rss);
  gauge(registry, 'weir_process_heap_bytes', 'JavaScript heap in use').set(heapUsed);
  gauge(registry, 'weir_process_external_bytes', 'Memory of buffers outside the heap').set(external);
  counter(registry, 'weir_process_cpu_seconds_total', 'CPU time, all threads').inc((user + system) / US_PER_S);
  gauge(registry, 'weir_process_descriptors', 'Open file descriptors').set(readdirSync('/proc/self/fd').length);
  gauge(registry, 'weir_process_threads', 'Threads, Node’s own included').set(readdirSync('/proc/self/task').length);
  gauge(registry, 'weir_process_uptime_seconds', 'Since the start').set(process.uptime());
}

function describeHealth(registry: Registry, health: State['health']): void {
  const { loopDelayP50Us, loopDelayP999Us, feeds, feedPackets, copiesRestarts } = health;
  const help = 'Lateness of the main thread in the last minute or so';
  const delay = gauge(registry, 'weir_event_loop_delay_seconds', help, ['quantile']);
  delay.set({ quantile: '0.5' }, loopDelayP50Us / US_PER_S);
  delay.set({ quantile: '0.999' }, loopDelayP999Us / US_PER_S);
  gauge(registry, 'weir_feeds', 'Kinds of sound made for listeners by copies').set(feeds);
  counter(registry, 'weir_feed_packets_total', 'Packets made for them, each once for all its listeners').inc(
    feedPackets,
  );
  counter(registry, 'weir_copies_restarts_total', 'Threads for sound by copies replaced').inc(copiesRestarts);
}

function describeDevices(registry: Registry, devices: State['devices']): void {
  const labels = ['device', 'kind', 'direction'];
  const running = gauge(registry, 'weir_device_running', '1 while its thread runs', labels);
  const lost = gauge(registry, 'weir_device_lost', '1 while the device is gone', labels);
  const realtime = gauge(registry, 'weir_device_realtime', '1 with real-time priority', labels);
  const quantum = gauge(registry, 'weir_device_quantum_frames', 'Frames mixed at once', labels);
  const rate = gauge(registry, 'weir_device_rate_hertz', 'Sample rate', labels);
  const delay = gauge(registry, 'weir_device_delay_seconds', 'From a frame’s mixing to its leaving the device', labels);
  const xruns = counter(registry, 'weir_device_xruns_total', 'Times that it ran dry or over', labels);
  const dropped = counter(registry, 'weir_device_dropped_frames_total', 'Frames mixed and not played', labels);
  const restarts = counter(registry, 'weir_device_restarts_total', 'Engine threads replaced', labels);
  for (const device of devices) {
    const its = { device: device.name, kind: device.kind, direction: device.direction };
    running.set(its, Number(device.running));
    lost.set(its, Number(device.lost));
    realtime.set(its, Number(device.realtime));
    quantum.set(its, device.quantumFrames);
    rate.set(its, device.rate);
    delay.set(its, device.delayUs / US_PER_S);
    xruns.inc(its, device.xruns);
    dropped.inc(its, device.droppedFrames);
    restarts.inc(its, device.restarts);
  }
}

/** By number: names are the clients' own words. */
function describeStreams(registry: Registry, streams: State['streams']): void {
  const labels = ['stream', 'client', 'direction', 'device'];
  const total = gauge(registry, 'weir_streams', 'Open streams', ['direction', 'state']);
  const latency = gauge(registry, 'weir_stream_latency_seconds', 'Measured latency', labels);
  const fill = gauge(registry, 'weir_stream_fill_frames', 'Frames in the ring', labels);
  const starved = counter(registry, 'weir_stream_starved_frames_total', 'Frames that were not there in time', labels);
  const underruns = counter(registry, 'weir_stream_underruns_total', 'Times that it ran dry', labels);
  const dropped = counter(registry, 'weir_stream_dropped_frames_total', 'Frames thrown away', labels);
  for (const stream of streams) {
    const its = { stream: stream.stream, client: stream.client, direction: stream.direction, device: stream.device };
    total.inc({ direction: stream.direction, state: stream.state });
    latency.set(its, stream.latencyUs / US_PER_S);
    fill.set(its, stream.fillFrames);
    starved.inc(its, stream.starvedFrames);
    underruns.inc(its, stream.underruns);
    dropped.inc(its, stream.droppedFrames);
  }
}

function describeClients(registry: Registry, clients: State['clients']): void {
  const total = gauge(registry, 'weir_clients', 'Connected clients', ['carrier']);
  for (const { carrier } of clients) total.inc({ carrier });
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[] = []): Gauge {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}

function counter(registry: Registry, name: string, help: string, labelNames: string[] = []): Counter {
  return new Counter({ name, help, labelNames, registers: [registry] });
}
