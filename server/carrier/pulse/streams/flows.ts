import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from '../../../mempool/pool.js';
import { WeirError } from '../../../observe/errors.js';
import type { Stream, StreamNews, StreamOwner } from '../../../stream/stream.js';
import type { Block } from '../buffer/block.js';
import type { SeekMode } from '../wire/numbers.js';
import { type Proplist, textOf } from '../wire/values/proplist.js';
import type { PulseClient } from '../pulse-client.js';
import type { Upload } from '../samples/upload.js';
import type { PulsePlayback } from './playback.js';
import type { PulseRecord } from './record.js';
import { FADED_LIMIT_MS } from './limits.js';
import { streamName } from './stream-name.js';
import { SyncGroups } from './sync-groups.js';

export type Flow = PulsePlayback | PulseRecord;

/** The streams of one client, by the channels that it knows them by: playback and uploads have one row of them, recording another. */
export class Flows implements StreamOwner {
  readonly client: number;
  readonly party: number;
  readonly syncGroups = new SyncGroups();
  readonly pools: { readonly playback: Pool; readonly record: Pool };
  readonly #client: PulseClient;
  readonly #writers = new Map<number, PulsePlayback | Upload>();
  readonly #readers = new Map<number, PulseRecord>();
  readonly #flowOf = new Map<Stream, Flow>();
  /** Of streams that have ended and fade out: the engine has their memory still. */
  readonly #fading = new Set<Promise<void>>();

  constructor(client: PulseClient) {
    this.#client = client;
    this.client = client.client;
    this.party = client.client;
    this.pools = { playback: new Pool(client.quota, undefined), record: new Pool(client.quota, undefined) };
  }

  /** When all that have ended have given back what they held, or a while later: an engine that hangs keeps it. Undefined: they have. */
  get faded(): Promise<unknown> | undefined {
    if (this.#fading.size === 0) return undefined;
    return Promise.race([Promise.all(this.#fading), sleep(FADED_LIMIT_MS, undefined, { ref: false })]);
  }

  of(stream: Stream): Flow | undefined {
    return this.#flowOf.get(stream);
  }

  playback(channel: number): PulsePlayback | WeirError {
    const flow = this.#writers.get(channel);
    return flow?.direction === 'playback' ? flow : noChannel(channel);
  }

  record(channel: number): PulseRecord | WeirError {
    return this.#readers.get(channel) ?? noChannel(channel);
  }

  upload(channel: number): Upload | WeirError {
    const upload = this.#writers.get(channel);
    return upload?.direction === 'upload' ? upload : noChannel(channel);
  }

  /** A channel for a playback stream or an upload; they share one row. */
  freeWriter(): number | WeirError {
    return freeOf(this.#writers, this.#client.house.limits.streams);
  }

  freeReader(): number | WeirError {
    return freeOf(this.#readers, this.#client.house.limits.streams);
  }

  keep(flow: Flow | Upload): void {
    if (flow.direction === 'record') this.#readers.set(flow.channel, flow);
    else this.#writers.set(flow.channel, flow);
    if (flow.direction !== 'upload') this.#flowOf.set(flow.stream, flow);
  }

  /** Sound for a channel. For one that is gone it was under way when that ended. */
  sound(channel: number, block: Block, offset: number, seek: SeekMode): void {
    const { soundBytes, seeks } = this.#client.connection.budget;
    soundBytes.spend(block.length);
    if (seek !== 0 || offset !== 0) seeks.spend(1);
    this.#writers.get(channel)?.write(block, offset, seek);
  }

  /** Those of its sync group, itself first. */
  groupOf(flow: PulsePlayback): PulsePlayback[] {
    return [flow, ...this.groupOfId(flow.syncId).filter((other) => other !== flow)];
  }

  groupOfId(syncId: number): PulsePlayback[] {
    return [...this.#writers.values()].filter(
      (flow): flow is PulsePlayback => flow.direction === 'playback' && flow.syncId === syncId,
    );
  }

  /** One turn of all members: what one of them was short of may have held the others up, and they start with the same quantum. */
  serveGroup(flow: PulsePlayback): void {
    const members = this.groupOf(flow);
    for (const member of members) member.advance();
    const order = () => {
      for (const member of members) member.order();
    };
    if (flow.stream.output) flow.stream.output.together(order);
    else order();
    for (const member of members) member.finish();
  }

  /** What its client says of a stream. The mixer shows its name. */
  describe(flow: Flow, properties: Proplist): WeirError | undefined {
    const refused = flow.said.replace(properties);
    if (refused) return refused;
    const { number, request } = flow.stream;
    const name = streamName(textOf(properties, 'media.name'));
    flow.stream.rename(name);
    if (name !== request.name) this.#client.house.mixerFeed.touch();
    const facility = flow.direction === 'record' ? 'SOURCE_OUTPUT' : 'SINK_INPUT';
    this.#client.pulse.subscriptions.changed(facility, number);
    return undefined;
  }

  end(flow: Flow, why?: WeirError): void {
    if (flow.direction === 'record') this.#readers.delete(flow.channel);
    else this.#writers.delete(flow.channel);
    this.#flowOf.delete(flow.stream);
    const { freed } = flow.stream;
    this.#fading.add(freed);
    void freed.then(() => this.#fading.delete(freed));
    this.#client.house.streams.close(flow.stream, why);
    flow.close();
  }

  endUpload(upload: Upload): void {
    this.#writers.delete(upload.channel);
    upload.close();
  }

  tell(stream: Stream, news: StreamNews): void {
    const flow = this.#flowOf.get(stream);
    flow?.hear(news);
    this.#client.house.mixerFeed.touch();
    if (news.kind === 'orphaned') this.#client.house.streams.adopt(stream);
    if (news.kind !== 'closed') return;
    if (flow) this.end(flow, news.why);
    else this.ended(stream);
  }

  due(stream: Stream): void {
    this.#flowOf.get(stream)?.serve();
  }

  /** Of a sample: it was heard. */
  ended(stream: Stream): void {
    this.#client.samples.ended(stream);
  }

  close(): void {
    for (const flow of [...this.#flowOf.values()]) this.end(flow);
    for (const writer of [...this.#writers.values()]) if (writer.direction === 'upload') this.endUpload(writer);
  }
}

function freeOf(taken: ReadonlyMap<number, unknown>, limit: number): number | WeirError {
  if (taken.size >= limit) return new WeirError('TOO_MANY_STREAMS', `${limit} streams are open`);
  for (let channel = 0; ; channel++) if (!taken.has(channel)) return channel;
}

function noChannel(channel: number): WeirError {
  return new WeirError('STREAM_NOT_FOUND', `there is no stream on channel ${channel}`);
}
