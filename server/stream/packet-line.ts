import type { Lease } from '../engine/lease.js';
import type { Pool, Ring } from '../mempool/pool.js';
import type { Charge } from '../mempool/quota.js';
import { WeirError } from '../observe/errors.js';
import type { CopiesDesk, Tenancy } from './copies/copies-desk.js';
import type { TenantNews, TenantOrder } from './copies/messages.js';
import { PacketQueueWriter, type QueuedPacket } from './copies/packet-queue.js';
import { frameBytesOf } from './frame-bytes.js';
import { PACKET_QUEUE_BYTES_MAX, PACKET_QUEUE_BYTES_MIN, PACKET_QUEUE_MS } from './limits.js';
import type { StreamRequest } from './stream.js';

/** What a stream needs beside its ring to be filled by the copies thread. */
export interface PacketLineParts {
  readonly copies: CopiesDesk;
  /** The ring's. */
  readonly lease: Lease;
  readonly pool: Pool;
}

export interface PacketLineEvents {
  news(news: TenantNews): void;
  /** Nothing fills the ring any more. */
  lost(why: WeirError): void;
}

/** A playback stream's packets on their way to its tenant on the copies thread. */
export class PacketLine {
  /** Of the queue. */
  readonly charge: Charge | undefined;
  readonly #tenancy: Tenancy;
  readonly #queue: PacketQueueWriter;

  /** The ring of packets is charged to the pool; both rings are lent to the copies thread until it gives them back. */
  static open(
    request: StreamRequest,
    { copies, lease, pool }: PacketLineParts,
    order: (queue: Ring['memory']) => TenantOrder,
    events: PacketLineEvents,
  ): PacketLine | WeirError {
    const queue = pool.openPrivateRing({
      capacityFrames: queueBytes(request),
      frameBytes: 1,
      direction: 'playback',
    });
    if (queue instanceof WeirError) return queue;
    const tenancy = copies.open(order(queue.memory), {
      news: (news) => {
        if (news.kind === 'failed') events.lost(new WeirError(news.code, news.what));
        else events.news(news);
      },
      lost: (why) => {
        events.lost(why);
      },
      released: () => {
        queue.free();
        lease.give();
      },
    });
    if (tenancy instanceof WeirError) {
      queue.free();
      return tenancy;
    }
    lease.take();
    return new PacketLine(tenancy, queue);
  }

  private constructor(tenancy: Tenancy, queue: Ring) {
    this.#tenancy = tenancy;
    this.#queue = new PacketQueueWriter(queue.memory);
    this.charge = queue.charge;
  }

  /** False where there is no room for it. */
  put(packet: QueuedPacket): boolean {
    const taken = this.#queue.put(packet);
    if (taken) this.#tenancy.wake();
    return taken;
  }

  close(): void {
    this.#tenancy.close();
  }
}

/** Room for what may come while the copies thread is held up. */
function queueBytes({ spec }: StreamRequest): number {
  const bytes = (frameBytesOf(spec) * spec.rate * PACKET_QUEUE_MS) / 1000;
  const wanted = Math.min(Math.max(bytes, PACKET_QUEUE_BYTES_MIN), PACKET_QUEUE_BYTES_MAX);
  return 2 ** Math.ceil(Math.log2(wanted));
}
