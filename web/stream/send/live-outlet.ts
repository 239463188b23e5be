import type { weir } from '#proto';
import type { Skew } from '../../../server/engine/drift/fastest-line.js';
import type { MissingFrames } from '../../../server/stream/jitter/missing-packets.js';
import { ParityMaker } from '../../../server/stream/jitter/parity.js';
import { SentPackets } from '../../../server/stream/jitter/sent-packets.js';
import type { ClientBody } from '../../carrier/carrier.js';
import type { SoundPacket } from './packet-encoder.js';

/** The way out that live sound takes. */
export interface SoundWay {
  /** What is sent may get lost, unless it is longer; 0: nothing does. */
  readonly datagramBytes: number;
  sendSound(body: ClientBody): void;
}

/** One packet in so many says when it was captured, and what is known of the clock by which it was: enough to know the network by. */
const STAMPED_EACH = 8;

/** What is older would come too late for a jitter buffer of any use. */
const LATEST_MS = 200;
/** Opus is kept for it over any carrier; longer packets are too much to keep for an outage that may never come. */
const KEPT_BYTES = 512;

/** Live sound of one stream: what the network loses goes again while it is of use, and where that comes too late parity goes along. */
export class LiveOutlet {
  readonly #way: SoundWay;
  readonly #stream: number;
  readonly #skew: () => Skew | undefined;
  readonly #sent = new SentPackets<SoundPacket>();
  readonly #parity = new ParityMaker();
  #packets = 0;

  /** `skew`: the capturing clock by the server's, as far as that is known. */
  constructor(way: SoundWay, stream: number, skew: () => Skew | undefined) {
    this.#way = way;
    this.#stream = stream;
    this.#skew = skew;
  }

  /** The server hears too little: short packets and parity mend it, if there is room for them. */
  get guarded(): boolean {
    return this.#way.datagramBytes > 0 && this.#sent.isTwice(performance.now());
  }

  send(packet: SoundPacket): void {
    const { frame, captureUs, data } = packet;
    const stamp = this.#packets++ % STAMPED_EACH === 0 && captureUs > 0;
    const parity = this.guarded ? this.#parity.next(packet) : undefined;
    this.#give({ frame, data, ...(stamp && { captureUs, ...this.#told() }), ...(parity && { parity }) });
    if (data.length < Math.max(KEPT_BYTES, this.#way.datagramBytes)) this.#sent.keep(frame, packet, performance.now());
  }

  /** The server misses some of it. */
  sendAgain(missing: MissingFrames): void {
    if (this.#way.datagramBytes === 0) return;
    for (const { packet } of this.#sent.again(missing, performance.now())) this.#repeat(packet);
  }

  /** Another connection goes on with it: what the one before may have kept to itself is heard yet, as far as it is not too old. */
  sendLatest(): void {
    for (const { packet } of this.#sent.since(performance.now() - LATEST_MS)) this.#repeat(packet);
  }

  #repeat({ frame, data }: SoundPacket): void {
    this.#give({ frame, data, again: true });
  }

  /** An error that rounds to 0 would say that nothing is known. */
  #told(): Pick<weir.v1.AudioPacket.$Properties, 'skewPpb' | 'skewErrorPpb'> | undefined {
    const known = this.#skew();
    return known && { skewPpb: Math.round(known.skew * 1e9), skewErrorPpb: Math.ceil(known.error * 1e9) };
  }

  #give(packet: Omit<NonNullable<ClientBody['audio']>, 'stream'>): void {
    this.#way.sendSound({ audio: { stream: this.#stream, ...packet } });
  }
}
