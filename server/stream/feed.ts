import { nowNs } from '../../native-shim/sys.js';
import type { FrameSpec } from '../device/output-driver.js';
import type { Attachment } from '../engine/attachment.js';
import { Lease } from '../engine/lease.js';
import type { Output } from '../engine/output.js';
import { openPrivateRing, type Ring } from '../mempool/pool.js';
import { Quota } from '../mempool/quota.js';
import { recordCapacityFrames, type RingShape } from '../mempool/ring-memory.js';
import { WeirError } from '../observe/errors.js';
import type { OpusSettings } from './codec/libopus.js';
import type { CopiesDesk, Tenancy } from './copies/copies-desk.js';
import type { FeedPacket } from './copies/feed-tenant.js';
import { frameBytesOf } from './frame-bytes.js';

/** What listeners must have in common to hear the same packets. */
export interface FeedWish {
  /** Of the ring: for Opus f32 at 48 kHz. */
  readonly spec: FrameSpec;
  readonly packetFrames: number;
  /** Wished of the output, 0 for none: a packet shall not wait for a quantum longer than itself. */
  readonly latencyUs: number;
  readonly opus?: OpusSettings;
  /** The client whose own playback is left out. */
  readonly minus?: number;
}

export interface FeedListener {
  take(packet: FeedPacket): void;
  timing(quantumFrames: number): void;
  /** The output is gone, and the feed with it. */
  orphaned(): void;
  /** The feed could not go on. */
  failed(why: WeirError): void;
}

export interface FeedEvents {
  /** One more was made. */
  packet(): void;
  /** Nobody may join any more. */
  ended(): void;
}

/** Memory that no client is charged with here: each of a feed's listeners is charged for the whole ring (Pool.hold). */
const UNMETERED = new Quota(Infinity);

export const feedRingShape = ({ spec, latencyUs }: FeedWish): RingShape => ({
  capacityFrames: recordCapacityFrames(spec.rate, latencyUs),
  frameBytes: frameBytesOf(spec),
  direction: 'record',
});

/**
 * What one output's monitor sounds like in one format and codec, made once for all who listen to it:
 *
 *   mix ──▶ tap on the engine thread ──▶ ring ──▶ FeedTenant on the copies thread ──▶ packet ──▶ every listener
 *
 * It stays with its output; listeners come and go, and the last one ends it.
 */
export class Feed {
  readonly #listeners = new Set<FeedListener>();
  readonly #ring: Ring;
  readonly #lease = new Lease();
  readonly #events: FeedEvents;
  readonly #attachment: Attachment;
  #tenancy: Tenancy | undefined;
  #closed = false;
  #captureUs = 0;

  /** `client` answers for the engine's time that it takes. */
  static open(wish: FeedWish, output: Output, client: number, desk: CopiesDesk, events: FeedEvents): Feed | WeirError {
    const refused = output.refusal(wish.spec, client);
    if (refused) return refused;
    const ring = openPrivateRing(feedRingShape(wish), UNMETERED);
    if (ring instanceof WeirError) return ring;
    const feed = new Feed(wish, output, client, ring, events);
    const lodged = feed.#lodge(desk);
    if (!lodged) return feed;
    feed.#close();
    return lodged;
  }

  private constructor(
    readonly wish: FeedWish,
    readonly output: Output,
    readonly client: number,
    ring: Ring,
    events: FeedEvents,
  ) {
    this.#ring = ring;
    this.#events = events;
    this.#attachment = output.attach(
      {
        kind: 'tap',
        ...this.#timingWish(),
        lease: this.#lease,
        wakeFd: -1,
        client,
        frames: 0,
        mixMinus: wish.minus !== undefined,
        solo: 0,
      },
      {
        started: () => {},
        starved: () => {},
        drained: () => {},
        corrupt: () => {},
        timing: (quantumFrames) => {
          for (const listener of this.#listeners) listener.timing(quantumFrames);
        },
        orphaned: () => {
          this.#end((listener) => listener.orphaned());
        },
      },
    );
  }

  /** What the engine last said of it. */
  get last(): Attachment['last'] {
    return this.#attachment.last;
  }

  /** From the mixing of the last packet's first frame to its leaving for the listeners; 0 is unknown. */
  get captureUs(): number {
    return this.#captureUs;
  }

  get quantumFrames(): number {
    return this.output.timingOf(this.#timingWish()).quantumFrames;
  }

  /** It hears the packets that are made from now on. */
  join(listener: FeedListener): void {
    this.#listeners.add(listener);
  }

  leave(listener: FeedListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#close();
  }

  #lodge(desk: CopiesDesk): WeirError | undefined {
    const { packetFrames, opus, spec } = this.wish;
    const { memory } = this.#ring;
    const order = {
      kind: 'feed',
      memory,
      rate: spec.rate,
      quantumFrames: this.quantumFrames,
      packetFrames,
      opus,
    } as const;
    this.#lease.take();
    const tenancy = desk.open(order, {
      news: (news) => {
        if (news.kind === 'packet') this.#give(news);
        else if (news.kind === 'failed') this.#fail(new WeirError(news.code, news.what));
      },
      lost: (why) => {
        this.#fail(why);
      },
      released: () => {
        this.#lease.give();
      },
    });
    if (tenancy instanceof WeirError) {
      this.#lease.give();
      return tenancy;
    }
    this.#tenancy = tenancy;
    return undefined;
  }

  #give(packet: FeedPacket): void {
    this.#events.packet();
    this.#captureUs = packet.captureUs === 0 ? 0 : Math.max(0, Math.round(nowNs() / 1000 - packet.captureUs));
    for (const listener of this.#listeners) listener.take(packet);
  }

  #fail(why: WeirError): void {
    this.#end((listener) => listener.failed(why));
  }

  #end(tell: (listener: FeedListener) => void): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.#close();
    for (const listener of listeners) tell(listener);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.ended();
    this.#tenancy?.close();
    this.output.detach(this.#attachment, () => {
      this.#lease.whenFree(() => {
        this.#ring.free();
      });
    });
  }

  #timingWish() {
    const { spec, latencyUs } = this.wish;
    return { memory: this.#ring.memory, spec, latencyFrames: Math.floor((latencyUs * spec.rate) / 1e6) };
  }
}
