import { encodeFields, type Field } from '../qpack/field-section.js';
import type { QuicConnection, QuicEvents, StreamReader } from '../quic/quic-connection.js';
import { readVarint } from '../quic/varint.js';
import { type ConnectRequest, parseConnect } from './connect-request.js';
import { ControlStream } from './control-stream.js';
import { CONTROL_STREAM_START, frame } from './frames.js';
import { type Choice, PrefacedStream } from './prefaced-stream.js';
import { RequestStream } from './request-stream.js';
import { FRAME, H3_ERROR, UNI } from './words.js';

/** Our one stream of HTTP/3; without a dynamic table QPACK needs none (RFC 9204, 4.2). */
const CONTROL_STREAM = 3;

/** Of an admitted session. */
export interface SessionStreams {
  /** The peer opened a stream in the session; undefined refuses it. */
  opened(stream: number): StreamReader | undefined;
  datagram(bytes: Uint8Array): void;
  stopped(stream: number): void;
}

export interface H3Events {
  /** Somebody wants a session; answered by `admit` or `refuse`, once. */
  asked(request: ConnectRequest): void;
  /** Told once, also when no session ever was. */
  closed(): void;
}

/** HTTP/3 as far as one WebTransport session a connection needs it. */
export class H3Connection implements QuicEvents {
  readonly #quic: QuicConnection;
  readonly #events: H3Events;
  /** Streams that may exist once (RFC 9114, 6.2). */
  readonly #critical = new Set<number>();
  /** The stream of the CONNECT; its number is the session's. */
  #connect: number | undefined;
  #session: SessionStreams | undefined;

  constructor(quic: QuicConnection, events: H3Events) {
    this.#quic = quic;
    this.#events = events;
    quic.events = this;
  }

  /** The session's number, that its streams and datagrams begin with. */
  get sessionId(): number {
    return this.#connect ?? 0;
  }

  admit(session: SessionStreams): void {
    this.#session = session;
    this.#respond([
      [':status', '200'],
      ['sec-webtransport-http3-draft', 'draft02'],
    ]);
  }

  refuse(status: number): void {
    this.#respond([[':status', String(status)]], true);
  }

  established(): void {
    this.#quic.write(CONTROL_STREAM, CONTROL_STREAM_START);
  }

  opened(stream: number): StreamReader {
    const isUni = (stream & 2) !== 0;
    return new PrefacedStream((start) => (isUni ? this.#chooseUni(stream, start) : this.#chooseBidi(stream, start)));
  }

  datagram(bytes: Uint8Array): void {
    // A session's number is that of a client's bidirectional stream: a quarter of it is sent (RFC 9297, 2.1).
    const quarter = readVarint(bytes);
    if (quarter && quarter.value * 4 === this.#connect) this.#session?.datagram(bytes.subarray(quarter.next));
  }

  stopped(stream: number): void {
    this.#session?.stopped(stream);
  }

  closed(): void {
    this.#session = undefined;
    this.#events.closed();
  }

  #chooseUni(stream: number, start: Uint8Array): Choice | undefined {
    const type = readVarint(start);
    if (!type) return undefined;
    switch (type.value) {
      case UNI.WEBTRANSPORT:
        return this.#chooseSession(stream, start, type.next);
      case UNI.CONTROL:
        return {
          reader: this.#once(UNI.CONTROL, new ControlStream((code, why) => this.#fail(code, why))),
          next: type.next,
        };
      case UNI.QPACK_ENCODER:
      case UNI.QPACK_DECODER:
        // Without a dynamic table they have nothing to say that changes anything.
        return { reader: this.#once(type.value, this.#deaf(true)), next: type.next };
      case UNI.PUSH:
        this.#fail(H3_ERROR.STREAM_CREATION, 'a client cannot push');
        return { reader: this.#deaf(false), next: type.next };
      default:
        // Reserved numbers are sent on purpose (RFC 9114, 7.2.8).
        this.#quic.refuse(stream, H3_ERROR.STREAM_CREATION);
        return { reader: this.#deaf(false), next: type.next };
    }
  }

  #chooseBidi(stream: number, start: Uint8Array): Choice | undefined {
    const type = readVarint(start);
    if (!type) return undefined;
    if (type.value === FRAME.WEBTRANSPORT_STREAM) return this.#chooseSession(stream, start, type.next);
    const reader = new RequestStream({
      headers: (fields) => this.#request(stream, fields),
      over: () => stream === this.#connect && this.#fail(H3_ERROR.NO_ERROR, ''),
      broken: (code, why) => this.#fail(code, why),
    });
    return { reader, next: 0 };
  }

  #chooseSession(stream: number, start: Uint8Array, at: number): Choice | undefined {
    const id = readVarint(start, at);
    if (!id) return undefined;
    const reader = id.value === this.#connect ? this.#session?.opened(stream) : undefined;
    if (!reader) this.#quic.refuse(stream, H3_ERROR.WEBTRANSPORT_BUFFERED_STREAM_REJECTED);
    return { reader: reader ?? this.#deaf(false), next: id.next };
  }

  #once(type: number, reader: StreamReader): StreamReader {
    if (this.#critical.has(type)) this.#fail(H3_ERROR.STREAM_CREATION, 'a stream that may exist once came twice');
    this.#critical.add(type);
    return reader;
  }

  #deaf(isCritical: boolean): StreamReader {
    return {
      data: () => undefined,
      ended: () => isCritical && this.#fail(H3_ERROR.CLOSED_CRITICAL_STREAM, 'a stream of QPACK ended'),
    };
  }

  #request(stream: number, fields: readonly Field[]): void {
    const request = parseConnect(fields);
    if (!request || this.#connect !== undefined) {
      return this.#quic.write(stream, frame(FRAME.HEADERS, encodeFields([[':status', request ? '429' : '404']])), true);
    }
    this.#connect = stream;
    this.#events.asked(request);
  }

  #respond(fields: readonly Field[], fin = false): void {
    if (this.#connect !== undefined) this.#quic.write(this.#connect, frame(FRAME.HEADERS, encodeFields(fields)), fin);
  }

  #fail(code: number, why: string): void {
    this.#quic.close(code, why);
  }
}
