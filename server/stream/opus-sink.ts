import { CONTROL } from '../../native-shim/ring-layout.js';
import { nowNs } from '../../native-shim/sys.js';
import type { Ring } from '../mempool/pool.js';
import type { Charge } from '../mempool/quota.js';
import { controlWords } from '../mempool/ring-memory.js';
import { WeirError } from '../observe/errors.js';
import { opusPacketFrames, OPUS_RATE } from './codec/libopus.js';
import { OPUS_PACKET_FRAMES_MAX } from './codec/limits.js';
import type { GrantedSink } from './granted-sink.js';
import { PacketLine, type PacketLineEvents, type PacketLineParts } from './packet-line.js';
import type { StreamRequest } from './stream.js';

/**
 * Opus goes through the copies thread. Each packet that is taken fills exactly its own frames of the ring, whatever the
 * decoder says of it: so this thread knows what is under way, and nothing is ever taken that the ring has no room for.
 */
export class OpusSink implements GrantedSink {
  readonly capacityFrames: number;
  readonly packetFrames: number;
  unreadableFrames = 0;
  readonly #control: Int32Array;
  #line: PacketLine | undefined;
  #takenFrames = 0;

  static open(
    request: StreamRequest,
    ring: Ring,
    parts: PacketLineParts,
    { lost }: Pick<PacketLineEvents, 'lost'>,
  ): OpusSink | WeirError {
    const sink = new OpusSink(request, ring);
    const { memory } = ring;
    const { channels } = request.spec;
    const line = PacketLine.open(request, parts, (queue) => ({ kind: 'granted', memory, queue, channels }), {
      news: (news) => {
        if (news.kind === 'granted') sink.unreadableFrames = news.unreadableFrames;
      },
      lost,
    });
    if (line instanceof WeirError) return line;
    sink.#line = line;
    return sink;
  }

  private constructor({ opus }: StreamRequest, { memory }: Ring) {
    this.capacityFrames = memory.capacityFrames;
    this.packetFrames = opus.frameUs === 0 ? OPUS_PACKET_FRAMES_MAX : (opus.frameUs * OPUS_RATE) / 1e6;
    this.#control = controlWords(memory);
  }

  get charge(): Charge | undefined {
    return this.#line?.charge;
  }

  get heldFrames(): number {
    return (this.#takenFrames - Atomics.load(this.#control, CONTROL.read)) | 0;
  }

  get pendingFrames(): number {
    return (this.#takenFrames - Atomics.load(this.#control, CONTROL.written)) | 0;
  }

  framesOf(data: Uint8Array): number | undefined {
    return opusPacketFrames(data);
  }

  take(data: Uint8Array, frames: number, known: number): number {
    const fresh = frames - known;
    if (fresh === 0 || this.heldFrames + fresh > this.capacityFrames) return 0;
    if (!this.#line?.put({ frame: known, arrivalNs: nowNs(), kind: 'first', data })) return 0;
    this.#takenFrames += fresh;
    return fresh;
  }

  close(): void {
    this.#line?.close();
  }
}
