import type { Output } from '../engine/output.js';
import type { Outputs } from '../engine/outputs.js';
import type { Pool } from '../mempool/pool.js';
import { WeirError } from '../observe/errors.js';
import type { CopiesDesk } from './copies/copies-desk.js';
import { Feeds } from './feeds.js';
import { ADOPT_INTERVAL_MS, ORPHAN_LIMIT_MS, PUMP_INTERVAL_MS } from './limits.js';
import { ListenStream } from './listen-path.js';
import { openRing } from './open-ring.js';
import { PlaybackStream } from './playback-path.js';
import { RecordStream } from './record-path.js';
import type { Sample } from './sample.js';
import { SampleStream } from './sample-path.js';
import type { Stream, StreamOwner, StreamRequest } from './stream.js';

/** Every stream of the server by its number; what concerns them all: the pump of copies, and a home for orphans. */
export class Streams {
  readonly #outputs: Outputs;
  readonly #copies: CopiesDesk;
  readonly #feeds: Feeds;
  readonly #changed: () => void;
  readonly #streams = new Map<number, Stream>();
  /** Who listens to one stream alone. */
  readonly #soloists = new Set<Stream>();
  readonly #orphansSinceMs = new Map<Stream, number>();
  #nextNumber = 1;
  #copyStreams = 0;
  #pump: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #adoption: NodeJS.Timeout | undefined;

  constructor(outputs: Outputs, copies: CopiesDesk, changed: () => void) {
    this.#outputs = outputs;
    this.#copies = copies;
    this.#feeds = new Feeds(copies);
    this.#changed = changed;
  }

  get feeds(): Feeds {
    return this.#feeds;
  }

  get all(): Iterable<Stream> {
    return this.#streams.values();
  }

  find(number: number): Stream | undefined {
    return this.#streams.get(number);
  }

  open(request: StreamRequest, owner: StreamOwner, pool: Pool): Stream | WeirError {
    const output = this.#host(request.device, request, owner.party);
    if (output instanceof WeirError) return output;
    const stream = this.#make(request, owner, pool, output);
    if (stream instanceof WeirError) return stream;
    if (stream instanceof PlaybackStream && request.transport === 'copies') this.#startPump();
    return this.#add(stream);
  }

  #make(request: StreamRequest, owner: StreamOwner, pool: Pool, output: Output): Stream | WeirError {
    const number = this.#nextNumber;
    if (request.direction === 'record' && request.transport === 'copies') {
      return ListenStream.open(number, request, owner, pool, output, this.#feeds);
    }
    const ring = openRing(request, pool);
    if (ring instanceof WeirError) return ring;
    return request.direction === 'record'
      ? new RecordStream(number, request, owner, ring, output)
      : PlaybackStream.open(number, request, owner, ring, output, { copies: this.#copies, pool });
  }

  /** Plays a sample once; the stream ends by itself. */
  playSample(sample: Sample, request: StreamRequest, owner: StreamOwner): Stream | WeirError {
    const output = this.#host(request.device, request, owner.party);
    if (output instanceof WeirError) return output;
    const stream: SampleStream | WeirError = SampleStream.open(this.#nextNumber, request, owner, sample, output);
    return stream instanceof WeirError ? stream : this.#add(stream);
  }

  #add(stream: Stream): Stream {
    this.#nextNumber++;
    if (stream.request.solo !== 0) this.#soloists.add(stream);
    this.#streams.set(stream.number, stream);
    this.#changed();
    return stream;
  }

  close(stream: Stream, why?: WeirError): void {
    if (!this.#streams.delete(stream.number)) return;
    this.#orphansSinceMs.delete(stream);
    this.#soloists.delete(stream);
    if (stream instanceof PlaybackStream && stream.request.transport === 'copies') this.#stopPump();
    stream.close(why);
    for (const soloist of this.#soloistsOf(stream)) {
      const ended = new WeirError('STREAM_NOT_FOUND', `stream ${stream.number}, which it listened to, ended`);
      soloist.owner.tell(soloist, { kind: 'closed', why: ended });
    }
    this.#changed();
  }

  /** To the output (or, for a listener, the monitor) of that name. */
  move(stream: Stream, device: string): WeirError | undefined {
    const { solo, fixed } = stream.request;
    if (fixed) return new WeirError('REQUEST_INVALID', 'its program wants it to stay where it is');
    if (solo !== 0) return new WeirError('REQUEST_INVALID', `it hears stream ${solo}, wherever that plays`);
    const output = this.#host(device, stream.request, stream.owner.party);
    if (output instanceof WeirError) return output;
    this.#moveTo(stream, output);
    this.#changed();
    return undefined;
  }

  /** Its output is gone: it moves to the default one, or waits for one to come. */
  adopt(stream: Stream): void {
    // Its client was let go of while others of its streams were told.
    if (!this.#streams.has(stream.number)) return;
    if (!this.#orphansSinceMs.has(stream)) this.#orphansSinceMs.set(stream, performance.now());
    this.#adoption ??= setInterval(() => {
      this.adoptAll();
    }, ADOPT_INTERVAL_MS);
    // Not in the middle of the lost output's own affairs, and once for all that it had.
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.adoptAll();
    });
  }

  /** Called when an output may have come (back). */
  adoptAll(): void {
    if (this.#orphansSinceMs.size === 0) {
      clearInterval(this.#adoption);
      this.#adoption = undefined;
      return;
    }
    const home: Output | undefined = this.#outputs.default;
    for (const [stream, sinceMs] of this.#orphansSinceMs) {
      // It waits until an output really runs: one that cannot be opened is no home.
      if (stream.output?.running) this.#orphansSinceMs.delete(stream);
      else if (performance.now() - sinceMs > ORPHAN_LIMIT_MS) this.#giveUp(stream);
      else if (!stream.output && home && !this.#refusal(home, stream)) {
        this.#moveTo(stream, home);
      }
    }
    this.#changed();
  }

  #moveTo(stream: Stream, output: Output): void {
    stream.moveTo(output);
    for (const soloist of this.#soloistsOf(stream)) soloist.moveTo(output);
  }

  #soloistsOf({ number }: Stream): Stream[] {
    return [...this.#soloists].filter(({ request }) => request.solo === number);
  }

  #refusal(home: Output, { request, owner }: Stream): WeirError | undefined {
    return home.refusal(request.spec, owner.party, request.live);
  }

  #giveUp(stream: Stream): void {
    const why = new WeirError('DEVICE_LOST', `no output came for ${ORPHAN_LIMIT_MS / 1000} s`);
    stream.owner.tell(stream, { kind: 'closed', why });
  }

  /** The output that can take one more stream. */
  #host(device: string, { direction, spec, live }: StreamRequest, client: number): Output | WeirError {
    const output = direction === 'record' ? this.#outputs.findMonitor(device) : this.#outputs.find(device);
    if (output instanceof WeirError) return output;
    if (output.lost) return new WeirError('DEVICE_LOST', `${output.name}: ${output.lost.what}`);
    return output.refusal(spec, client, live) ?? output;
  }

  #startPump(): void {
    this.#copyStreams++;
    this.#pump ??= setInterval(() => {
      const nowMs = performance.now();
      for (const stream of this.#streams.values()) stream.pump(nowMs);
    }, PUMP_INTERVAL_MS);
  }

  #stopPump(): void {
    if (--this.#copyStreams > 0) return;
    clearInterval(this.#pump);
    this.#pump = undefined;
  }
}
