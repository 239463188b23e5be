import { weir } from '#proto';
import type { Output } from '../engine/output.js';
import type { LoopLateness } from '../observe/loop-delay.js';
import type { Feeds } from '../stream/feeds.js';
import type { Guest } from './guest.js';
import type { House } from './house.js';
import { PATCH_INTERVAL_MS, REFRESH_INTERVAL_MS } from './limits.js';
import { CODEC_WORD, DIRECTION_WORD, FORMAT_WORD, stateWord, TRANSPORT_WORD } from './words.js';

/** Who is told of changes. */
export interface MixerWatcher {
  send(news: { patch: weir.v1.IPatch }): void;
}

/** What the mixer shows, by name or number. */
interface Picture {
  devices: Map<string, weir.v1.IDevice>;
  clients: Map<number, weir.v1.IClient>;
  streams: Map<number, weir.v1.IStream>;
  health: weir.v1.IHealth;
}

/**
 * The state of the house for whoever subscribed: a snapshot, then patches of what differs from the picture sent last.
 * Comparing pictures costs a little, and cannot forget to tell something.
 */
export class MixerFeed {
  readonly #house: () => House;
  readonly #subscribers = new Set<MixerWatcher>();
  #sent: Picture = { devices: new Map(), clients: new Map(), streams: new Map(), health: {} };
  #revision = 0;
  #pending: NodeJS.Timeout | undefined;
  #refresh: NodeJS.Timeout | undefined;

  constructor(house: () => House) {
    this.#house = house;
  }

  /** Something changed: a patch follows within PATCH_INTERVAL_MS. */
  touch(): void {
    if (this.#subscribers.size === 0) return;
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      this.#flush();
    }, PATCH_INTERVAL_MS);
  }

  subscribe(watcher: MixerWatcher): weir.v1.ISnapshot {
    // Those who subscribed before must not miss what the newcomer's picture already holds.
    if (this.#subscribers.size > 0) this.#flush();
    else this.#sent = this.#draw();
    this.#subscribers.add(watcher);
    this.#refresh ??= setInterval(() => {
      this.#flush();
    }, REFRESH_INTERVAL_MS);
    const { devices, clients, streams, health } = this.#sent;
    return {
      revision: this.#revision,
      devices: [...devices.values()],
      clients: [...clients.values()],
      streams: [...streams.values()],
      health,
    };
  }

  leave(watcher: MixerWatcher): void {
    this.#subscribers.delete(watcher);
    if (this.#subscribers.size > 0) return;
    clearInterval(this.#refresh);
    clearTimeout(this.#pending);
    this.#refresh = undefined;
    this.#pending = undefined;
  }

  #flush(): void {
    if (this.#subscribers.size === 0) return;
    const before = this.#sent;
    const now = this.#draw();
    const parts = {
      devices: changed(before.devices, now.devices),
      clients: changed(before.clients, now.clients),
      streams: changed(before.streams, now.streams),
      devicesGone: gone(before.devices, now.devices),
      clientsGone: gone(before.clients, now.clients),
      streamsGone: gone(before.streams, now.streams),
    };
    this.#sent = now;
    const sameHealth = JSON.stringify(before.health) === JSON.stringify(now.health);
    if (sameHealth && Object.values(parts).every((part) => part.length === 0)) return;
    const patch = { ...parts, ...(sameHealth ? {} : { health: now.health }), revision: ++this.#revision };
    for (const watcher of this.#subscribers) watcher.send({ patch });
  }

  #draw(): Picture {
    const { outputs, streams, reception, loopDelay, copies, pulseServer } = this.#house();
    const health = { ...drawHealth(loopDelay.read(), streams.feeds, copies.restarts), pulseServer };
    const picture: Picture = { devices: new Map(), clients: new Map(), streams: new Map(), health };
    for (const output of outputs.all) {
      for (const device of [drawOutput(output, output === outputs.default), drawMonitor(output)]) {
        picture.devices.set(device.name ?? '', device);
      }
    }
    for (const guest of reception.all) {
      // A request over HTTP is over before anybody could look at it.
      if (guest.greeted && guest.peer.carrier !== 'http') picture.clients.set(guest.client, drawClient(guest));
    }
    for (const stream of streams.all) picture.streams.set(stream.number, drawStream(stream));
    return picture;
  }
}

function changed<K, V>(before: Map<K, V>, now: Map<K, V>): V[] {
  return [...now]
    .filter(([key, value]) => JSON.stringify(before.get(key)) !== JSON.stringify(value))
    .map(([, value]) => value);
}

function gone<K, V>(before: Map<K, V>, now: Map<K, V>): K[] {
  return [...before.keys()].filter((key) => !now.has(key));
}

function drawOutput(output: Output, isDefault: boolean): weir.v1.IDevice {
  const { reading, device } = output;
  const format = device?.format ?? output.spec.format;
  return {
    name: output.name,
    description: output.spec.target ? `${output.spec.kind}:${output.spec.target}` : output.spec.kind,
    direction: weir.v1.Direction.PLAYBACK,
    kind: output.spec.kind,
    isDefault,
    running: output.running,
    lost: output.lost !== undefined,
    suspended: output.suspended,
    format: format ? FORMAT_WORD[format] : weir.v1.SampleFormat.SAMPLE_FORMAT_UNSPECIFIED,
    rate: output.rate,
    channels: output.channels,
    volume: output.volume,
    muted: output.muted,
    balance: [...output.balance],
    quantumFrames: output.quantumFrames,
    delayUs: Math.round(((reading?.delayFrames ?? 0) * 1e6) / output.rate),
    xruns: reading?.xruns ?? 0,
    droppedFrames: reading?.droppedFrames ?? 0,
    realtime: device?.realtime ?? false,
    restarts: output.restarts,
  };
}

function drawMonitor(output: Output): weir.v1.IDevice {
  return {
    ...drawOutput(output, false),
    name: output.monitorName,
    description: `what ${output.name} plays`,
    direction: weir.v1.Direction.RECORD,
    kind: 'monitor',
    monitorOf: output.name,
    delayUs: 0,
    xruns: 0,
    droppedFrames: 0,
  };
}

function drawClient({ client, name, peer }: Guest): weir.v1.IClient {
  const { carrier, pid, uid, remote = '', program = remote, pairing } = peer;
  return { client, name, carrier, pid, uid, program, pairedAs: pairing?.name ?? '' };
}

function drawHealth({ p50Us, p999Us }: LoopLateness, feeds: Feeds, copiesRestarts: number): weir.v1.IHealth {
  return {
    loopDelayP50Us: p50Us,
    loopDelayP999Us: p999Us,
    feeds: feeds.count,
    feedPackets: feeds.packets,
    copiesRestarts,
  };
}

type ShownStream = ReturnType<House['streams']['find']> & object;

function drawStream(stream: ShownStream): weir.v1.IStream {
  const { request, output } = stream;
  const { latencyFrames, state, ...counts } = stream.report();
  const record = request.direction === 'record';
  return {
    stream: stream.number,
    client: stream.owner.client,
    name: request.name,
    direction: DIRECTION_WORD[request.direction],
    device: (record ? output?.monitorName : output?.name) ?? '',
    transport: TRANSPORT_WORD[request.transport],
    codec: CODEC_WORD[stream.opening.codec],
    format: FORMAT_WORD[request.spec.format],
    rate: request.spec.rate,
    channels: request.spec.channels,
    volume: stream.volume,
    muted: stream.muted,
    latencyUs: Math.round((latencyFrames * 1e6) / request.spec.rate),
    state: stateWord(state),
    ...counts,
  };
}
