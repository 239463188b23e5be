import { PlaybackWriter } from '../../mempool/ring.js';
import type { RingMemory } from '../../mempool/ring-memory.js';
import { OpusDecoder, opusPacketFrames } from '../codec/libopus.js';
import { PACKETS_A_TURN } from './limits.js';
import { OpusLiveDecoder } from './live-decoder.js';
import { PacketQueueReader, type QueuedPacket } from './packet-queue.js';
import type { Tenant, TenantEvents } from './tenant.js';

/** A granted playback stream of Opus: what the main thread lends the copies thread for it. */
export interface GrantedOrder {
  readonly kind: 'granted';
  /** The stream's ring, floats at 48 kHz; the copies thread writes it. */
  readonly memory: RingMemory;
  /** A ring of bytes: the packets' queue. In place of a position: how many of a packet's frames are known already. */
  readonly queue: RingMemory;
  readonly channels: number;
}

/** Frames of packets that were no sound, counted since it opened: what is made up was heard in their place. */
export interface GrantedNews {
  readonly kind: 'granted';
  readonly unreadableFrames: number;
}

/** Granted playback of Opus on the copies thread: queue → decoder → ring. The main thread took only what has room there. */
export class GrantedInflow implements Tenant {
  readonly #queue: PacketQueueReader;
  readonly #decoder: OpusLiveDecoder;
  readonly #writer: PlaybackWriter;
  readonly #frameBytes: number;
  readonly #events: TenantEvents;
  #unreadableFrames = 0;
  #toldFrames = 0;

  constructor({ memory, queue, channels }: GrantedOrder, events: TenantEvents) {
    const decoder = OpusDecoder.open(channels);
    if (!decoder) throw new Error('libopus made no decoder');
    this.#queue = new PacketQueueReader(queue);
    this.#decoder = new OpusLiveDecoder(decoder, channels);
    this.#writer = new PlaybackWriter(memory);
    this.#frameBytes = memory.frameBytes;
    this.#events = events;
  }

  turn(hasTime: () => boolean): void {
    for (let taken = 0; taken < PACKETS_A_TURN && (taken === 0 || hasTime()); taken++) {
      const packet = this.#queue.take();
      if (!packet) break;
      this.#play(packet);
    }
    const unreadableFrames = this.#unreadableFrames;
    if (unreadableFrames === this.#toldFrames) return;
    // Where too many news wait, the next turn says it.
    if (this.#events.tell({ kind: 'granted', unreadableFrames })) this.#toldFrames = unreadableFrames;
  }

  close(): void {
    this.#decoder.free();
  }

  /** Fills as many frames as the packet's head says, come what may: the main thread counts on it. */
  #play({ frame: known, data }: QueuedPacket): void {
    const frames = opusPacketFrames(data) ?? 0;
    const pcm = this.#decoder.decode(data);
    if (pcm?.length === frames * this.#frameBytes) {
      this.#writer.write(pcm, known);
      return;
    }
    this.#unreadableFrames += frames - known;
    this.#writer.write(this.#decoder.conceal(frames), known);
  }
}
