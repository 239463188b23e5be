import { Writer } from 'protobufjs/minimal.js';
import { weir } from '#proto';
import { ByteSender, readAll } from './byte-sender.js';
import { decodeMessage, type Carrier, type CarrierEvents, type ClientBody } from './carrier.js';
import { Deframer, framed } from './deframer.js';
import { CARRIER_LIMITS } from './limits.js';
import { fetchOffer } from './web-transport-offer.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** What flows in WebTransport's streams: the DOM's types leave it open, the specification does not. */
interface ByteDatagrams extends Omit<WebTransportDatagramDuplexStream, 'readable' | 'writable'> {
  readonly readable: ReadableStream<Bytes>;
  /** In the browsers of today; `createWritable` in the specification since 2025. */
  readonly writable: WritableStream<Bytes>;
  createWritable?(): WritableStream<Bytes>;
}

interface ByteTransport extends Omit<
  WebTransport,
  'datagrams' | 'createBidirectionalStream' | 'createUnidirectionalStream' | 'incomingUnidirectionalStreams'
> {
  readonly datagrams: ByteDatagrams;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Bytes>>;
  createBidirectionalStream(): Promise<{ readable: ReadableStream<Bytes>; writable: WritableStream<Bytes> }>;
  createUnidirectionalStream(): Promise<WritableStream<Bytes>>;
}

/**
 * The session over WebTransport: messages on one stream, each with its length before it; sound as one datagram a message. What
 * is too long for that goes over a few one-way streams in turn, so that a lost packet holds up only every eighth message.
 */
export class WebTransportCarrier implements Carrier {
  readonly name = 'webtransport';
  readonly #events: CarrierEvents;
  readonly #opening = new AbortController();
  readonly #lanes: ByteSender[] = [];
  readonly #writer = new Writer();
  #transport: ByteTransport | undefined;
  #reliable: ByteSender | undefined;
  #datagrams: WritableStreamDefaultWriter<Bytes> | undefined;
  #nextLane = 0;
  #closed = false;

  /** `api` is the server's HTTP API, where the offer is asked for. */
  constructor(api: URL, events: CarrierEvents) {
    this.#events = events;
    const late = setTimeout(() => this.close(), CARRIER_LIMITS.openMs);
    this.#open(api)
      .catch(() => this.close())
      .finally(() => clearTimeout(late));
  }

  send(body: ClientBody, requestId = 0): void {
    if (!this.#closed) this.#reliable?.send(framed(this.#encoded(body, requestId)));
  }

  sendSound(body: ClientBody): void {
    if (this.#closed || !this.#datagrams || !this.#transport) return;
    const bytes = this.#encoded(body, 0);
    if (bytes.length <= this.datagramBytes) {
      // Full: the network does not take them. What comes too late is worth nothing.
      if ((this.#datagrams.desiredSize ?? 0) > 0) this.#datagrams.write(new Uint8Array(bytes)).catch(() => undefined);
      return;
    }
    for (let tried = 0; tried < this.#lanes.length; tried++) {
      this.#nextLane = (this.#nextLane + 1) % this.#lanes.length;
      const lane = this.#lanes[this.#nextLane];
      if (lane && lane.queuedBytes < CARRIER_LIMITS.laneBytes) return lane.send(framed(bytes));
    }
  }

  get datagramBytes(): number {
    return this.#transport?.datagrams.maxDatagramSize ?? 0;
  }

  get queuedBytes(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.queuedBytes, this.#reliable?.queuedBytes ?? 0);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#opening.abort();
    this.#transport?.close();
    this.#events.closed('');
  }

  /** Good until the next one: what is copied once is less garbage to collect while sound waits. */
  #encoded(body: ClientBody, requestId: number): Uint8Array {
    return weir.v1.ClientMessage.encode({ ...body, requestId }, this.#writer.reset()).finish(true);
  }

  async #open(api: URL): Promise<void> {
    const offer = await fetchOffer(api, this.#opening.signal);
    this.#opening.signal.throwIfAborted();
    if (!offer) return this.close();
    const transport: ByteTransport = new WebTransport(offer.url, {
      serverCertificateHashes: [{ algorithm: 'sha-256', value: offer.certificateHash }],
      congestionControl: 'low-latency',
    });
    this.#transport = transport;
    const ended = (): void => this.close();
    transport.closed.then(ended, ended);
    await transport.ready;
    const { datagrams } = transport;
    datagrams.incomingHighWaterMark = datagrams.outgoingHighWaterMark = CARRIER_LIMITS.datagrams;
    datagrams.outgoingMaxAge = CARRIER_LIMITS.datagramMs;
    const stream = await transport.createBidirectionalStream();
    this.#reliable = new ByteSender(stream.writable);
    this.#datagrams = (datagrams.createWritable?.() ?? datagrams.writable).getWriter();
    this.#datagrams.closed.catch(() => undefined);
    for (let lane = 0; lane < CARRIER_LIMITS.lanes; lane++) {
      this.#lanes.push(new ByteSender(await transport.createUnidirectionalStream()));
    }
    this.#opening.signal.throwIfAborted();
    this.#listen(transport, stream.readable);
    this.#events.opened();
  }

  /** The reliable stream's end is the server's good-bye. */
  #listen({ datagrams, incomingUnidirectionalStreams }: ByteTransport, reliable: ReadableStream<Bytes>): void {
    void this.#readMessages(reliable).then(() => this.close());
    void readAll(datagrams.readable, (bytes) => this.#take(bytes));
    void readAll(incomingUnidirectionalStreams, (lane) => {
      void this.#readMessages(lane);
      return true;
    });
  }

  async #readMessages(stream: ReadableStream<Bytes>): Promise<void> {
    const deframer = new Deframer(CARRIER_LIMITS.messageBytes);
    await readAll(stream, (bytes) => {
      for (const message of deframer.push(bytes)) if (message === 'too long' || !this.#take(message)) return false;
      return true;
    });
  }

  #take(bytes: Uint8Array): boolean {
    if (this.#closed) return false;
    const message = decodeMessage(bytes);
    if (message) this.#events.received(message);
    else this.close();
    return message !== undefined;
  }
}
