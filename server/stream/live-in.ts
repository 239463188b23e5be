import { nowNs } from '../../native-shim/sys.js';
import type { Lease } from '../engine/lease.js';
import type { Pool, Ring } from '../mempool/pool.js';
import type { Charge } from '../mempool/quota.js';
import { type ErrorCode, WeirError } from '../observe/errors.js';
import { packetFramesOf } from './codec/packet-frames.js';
import type { CopiesDesk, Tenancy } from './copies/copies-desk.js';
import type { LiveNews } from './copies/live-inflow.js';
import { PacketQueueWriter } from './copies/packet-queue.js';
import { Drops } from './drops.js';
import { frameBytesOf } from './frame-bytes.js';
import type { Inflow } from './inflow.js';
import { LowestLately } from './jitter/lowest-lately.js';
import { LIVE_QUEUE_BYTES_MAX, LIVE_QUEUE_BYTES_MIN, LIVE_QUEUE_MS } from './limits.js';
import type { HopsReport, JitterReport, StreamRequest } from './stream.js';

export interface LiveInEvents {
  dropped(frames: number, code: ErrorCode): void;
  /** Nothing fills the ring any more. */
  lost(why: WeirError): void;
}

const NO_NEWS: LiveNews = {
  kind: 'live',
  packets: 0,
  latePackets: 0,
  lostPackets: 0,
  skippedPackets: 0,
  concealedFrames: 0,
  targetFrames: 0,
  delayFrames: 0,
  packetFrames: 0,
  driftPpm: 0,
};

/** What a live stream needs beside its ring. */
export interface LiveParts {
  readonly copies: CopiesDesk;
  /** The ring's. */
  readonly lease: Lease;
  readonly pool: Pool;
}

/** The main thread's half of a live playback stream: packets go through a queue of its own to the copies thread. */
export class LiveIn implements Inflow {
  readonly granted = 0;
  nextFrame = 0;
  news = NO_NEWS;
  /** Of the queue. */
  readonly charge: Charge | undefined;
  readonly #tenancy: Tenancy;
  readonly #queue: PacketQueueWriter;
  readonly #request: StreamRequest;
  readonly #overrun: Drops;
  readonly #network = new LowestLately();

  /** The ring of packets is charged to the pool; both rings are lent to the copies thread until it gives them back. */
  static open(
    request: StreamRequest,
    ring: Ring,
    { copies, lease, pool }: LiveParts,
    events: LiveInEvents,
  ): LiveIn | WeirError {
    const queue = pool.openPrivateRing({
      capacityFrames: queueBytes(request),
      frameBytes: 1,
      direction: 'playback',
    });
    if (queue instanceof WeirError) return queue;
    const { spec, codec, purpose, latencyUs } = request;
    const { memory } = ring;
    const depthFrames = Math.floor((latencyUs * spec.rate) / 1e6);
    let live: LiveIn | undefined;
    const tenancy = copies.open(
      { kind: 'live', memory, queue: queue.memory, spec, codec, purpose, depthFrames },
      {
        news: (news) => {
          if (news.kind === 'live' && live) live.news = news;
          if (news.kind === 'failed') events.lost(new WeirError(news.code, news.what));
        },
        lost: (why) => {
          events.lost(why);
        },
        released: () => {
          queue.free();
          lease.give();
        },
      },
    );
    if (tenancy instanceof WeirError) {
      queue.free();
      return tenancy;
    }
    lease.take();
    return (live = new LiveIn(request, tenancy, queue, events));
  }

  private constructor(request: StreamRequest, tenancy: Tenancy, queue: Ring, events: LiveInEvents) {
    this.#tenancy = tenancy;
    this.#queue = new PacketQueueWriter(queue.memory);
    this.charge = queue.charge;
    this.#request = request;
    this.#overrun = new Drops('COPIES_OVERRUN', (frames, code) => {
      events.dropped(frames, code);
    });
  }

  get droppedFrames(): number {
    return this.#overrun.frames;
  }

  receive(frame: number, data: Uint8Array, captureUs: number): WeirError | undefined {
    const frames = packetFramesOf(data, this.#request.codec, this.#request.spec);
    if (frames === undefined) {
      return new WeirError('BAD_MESSAGE', `${data.length} bytes are no packet of ${this.#request.codec}`);
    }
    if (!Number.isSafeInteger(frame + frames)) return new WeirError('BAD_MESSAGE', `an AudioPacket at frame ${frame}`);
    const arrivalNs = nowNs();
    if (captureUs > 0) this.#network.note(arrivalNs / 1e3 - captureUs, arrivalNs);
    this.nextFrame = Math.max(this.nextFrame, frame + frames);
    if (this.#queue.put(frame, arrivalNs, data)) this.#tenancy.wake();
    else this.#overrun.frames += frames;
    return undefined;
  }

  /** Nothing is granted: the sender's own clock makes the sound. */
  setWindow(): void {}

  pump(nowMs: number): void {
    this.#overrun.tell(nowMs);
  }

  close(): void {
    this.#tenancy.close();
  }

  /** From the microphone to the engine's reading; what is not known is 0. */
  get hops(): Pick<HopsReport, 'captureUs' | 'networkUs' | 'jitterUs'> {
    const { packetFrames, delayFrames } = this.news;
    // A packet's first frame waits for its last, then all of them for the network, then for their turn.
    const captureUs = this.#us(packetFrames);
    const networkUs = this.#network.known ? Math.max(0, Math.round(this.#network.value) - captureUs) : 0;
    return { captureUs, networkUs, jitterUs: this.#us(Math.max(0, delayFrames - packetFrames)) };
  }

  get jitter(): JitterReport {
    const { packets, latePackets, lostPackets, concealedFrames, driftPpm, targetFrames } = this.news;
    return { targetUs: this.#us(targetFrames), packets, latePackets, lostPackets, concealedFrames, driftPpm };
  }

  #us(frames: number): number {
    return Math.round((frames * 1e6) / this.#request.spec.rate);
  }
}

/** Room for what may come while the copies thread is held up. */
function queueBytes({ spec }: StreamRequest): number {
  const bytes = (frameBytesOf(spec) * spec.rate * LIVE_QUEUE_MS) / 1000;
  const wanted = Math.min(Math.max(bytes, LIVE_QUEUE_BYTES_MIN), LIVE_QUEUE_BYTES_MAX);
  return 2 ** Math.ceil(Math.log2(wanted));
}
