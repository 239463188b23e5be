import type { MissingFrames } from '../../../server/stream/jitter/missing-packets.js';
import { SentPackets, TWICE_AFTER_MS } from '../../../server/stream/jitter/sent-packets.js';
import type { ClientBody } from '../../carrier/carrier.js';
import type { SoundPacket } from './packet-encoder.js';

/** The way out that live sound takes. */
export interface SoundWay {
  /** What is sent may get lost. */
  readonly losesSound: boolean;
  sendSound(body: ClientBody): void;
}

/** Live sound of one stream: what the network loses goes again while it is of use, and all of it twice where that is better. */
export class LiveOutlet {
  readonly #way: SoundWay;
  readonly #stream: number;
  readonly #sent = new SentPackets<SoundPacket>();

  constructor(way: SoundWay, stream: number) {
    this.#way = way;
    this.#stream = stream;
  }

  send(packet: SoundPacket): void {
    this.#give(packet, false);
    if (!this.#way.losesSound) return;
    const nowMs = performance.now();
    this.#sent.keep(packet.frame, packet, nowMs);
    if (this.#sent.isTwice(nowMs)) setTimeout(() => this.#give(packet, false), TWICE_AFTER_MS);
  }

  /** The server misses some of it. */
  sendAgain(missing: MissingFrames): void {
    if (!this.#way.losesSound) return;
    for (const { packet } of this.#sent.again(missing, performance.now())) this.#give(packet, true);
  }

  #give({ frame, captureUs, data }: SoundPacket, again: boolean): void {
    this.#way.sendSound({ audio: { stream: this.#stream, frame, captureUs, data, ...(again && { again }) } });
  }
}
