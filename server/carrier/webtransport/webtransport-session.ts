import { Deframer, HEADER_BYTES } from '../../../native-shim/client/framing.js';
import { WeirError } from '../../observe/errors.js';
import type { SessionStreams } from './http3/h3-connection.js';
import { H3_ERROR, UNI } from './http3/words.js';
import { LANE_QUEUE_BYTES, LANES, SIZE_LIMITS } from './limits.js';
import type { QuicConnection, StreamReader } from './quic/quic-connection.js';
import { varint } from './quic/varint.js';

/** Our first unidirectional stream after HTTP/3's own; the next ones are four apart. */
const FIRST_LANE = 7;
const LANE_STEP = 4;

export interface SessionEvents {
  /** One ClientMessage; good until the call returns. */
  message(bytes: Uint8Array): void;
  /** The peer broke the framing, or ended its reliable stream: nothing more will come. */
  over(): void;
}

/**
 * One page's session. Its first bidirectional stream carries messages, each with its length before it as on the Unix
 * socket. Sound goes as one datagram a message; what is too long for that goes over a few unidirectional streams, "lanes",
 * in turn, so that a lost packet holds up only every eighth message. A stream for each message would cost the browser more
 * than the message, and quiche remembers the number of every stream that ever was.
 */
export class WebTransportSession implements SessionStreams {
  readonly #quic: QuicConnection;
  readonly #events: SessionEvents;
  readonly #sessionId: number;
  readonly #datagramPrefix: Buffer;
  #reliable: number | undefined;
  #lanesOpen = 0;
  #lanesTaken = 0;
  #nextLane = 0;

  constructor(quic: QuicConnection, sessionId: number, events: SessionEvents) {
    this.#quic = quic;
    this.#sessionId = sessionId;
    this.#events = events;
    this.#datagramPrefix = varint(sessionId / 4);
  }

  /** In order and whole. Before the peer has opened its stream there is nowhere to send to. */
  send(message: Uint8Array): void {
    if (this.#reliable === undefined) return;
    this.#quic.write(this.#reliable, framed(message));
  }

  /** As a datagram where it fits, else over a lane; where all lanes are full it is dropped: the network does not keep up. */
  sendSound(message: Uint8Array): void {
    if (this.#datagramPrefix.length + message.length <= this.#quic.datagramBytes) {
      return this.#quic.sendDatagram(Buffer.concat([this.#datagramPrefix, message]));
    }
    if (message.length > SIZE_LIMITS.laneMessageBytes || !this.#openLanes()) return this.send(message);
    for (let tried = 0; tried < this.#lanesOpen; tried++) {
      this.#nextLane = (this.#nextLane + 1) % this.#lanesOpen;
      const lane = laneStream(this.#nextLane);
      if (this.#quic.queuedBytes(lane) < LANE_QUEUE_BYTES) return this.#quic.write(lane, framed(message));
    }
  }

  /** What the network has not taken yet. */
  get heldBytes(): number {
    let bytes = this.#quic.queuedDatagramBytes;
    if (this.#reliable !== undefined) bytes += this.#quic.queuedBytes(this.#reliable);
    for (let lane = 0; lane < this.#lanesOpen; lane++) bytes += this.#quic.queuedBytes(laneStream(lane));
    return bytes;
  }

  /** Ends the reliable stream after what is queued: that is how the page knows. */
  end(): void {
    if (this.#reliable !== undefined) this.#quic.write(this.#reliable, new Uint8Array(), true);
  }

  opened(stream: number): StreamReader | undefined {
    if ((stream & 2) !== 0) {
      if (this.#lanesTaken >= LANES) return undefined;
      this.#lanesTaken += 1;
      return this.#messages(stream, SIZE_LIMITS.laneMessageBytes, () => undefined);
    }
    if (this.#reliable !== undefined) return undefined;
    this.#reliable = stream;
    return this.#messages(stream, SIZE_LIMITS.messageBytes, () => this.#events.over());
  }

  datagram(bytes: Uint8Array): void {
    this.#events.message(bytes);
  }

  stopped(stream: number): void {
    if (stream === this.#reliable) this.#events.over();
  }

  /** The peer may let us have fewer lanes than we want, or none. */
  #openLanes(): boolean {
    while (this.#lanesOpen < LANES && this.#quic.mayOpenUni) {
      this.#quic.write(
        laneStream(this.#lanesOpen++),
        Buffer.concat([varint(UNI.WEBTRANSPORT), varint(this.#sessionId)]),
      );
    }
    return this.#lanesOpen > 0;
  }

  #messages(stream: number, limitBytes: number, ended: () => void): StreamReader {
    const deframer = new Deframer(limitBytes, SIZE_LIMITS.firstBufferBytes);
    return {
      data: (bytes) => {
        for (const message of deframer.push(bytes)) {
          if (!(message instanceof WeirError)) {
            this.#events.message(message);
            continue;
          }
          this.#quic.refuse(stream, H3_ERROR.EXCESSIVE_LOAD);
          return this.#events.over();
        }
      },
      ended,
    };
  }
}

function framed(message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(message.length);
  return Buffer.concat([header, message]);
}

function laneStream(lane: number): number {
  return FIRST_LANE + lane * LANE_STEP;
}
