import { SIZE_LIMITS } from '../limits.js';
import { decodeFields, type Field } from '../qpack/field-section.js';
import type { StreamReader } from '../quic/quic-connection.js';
import { TlvReader } from './tlv-reader.js';
import { CAPSULE, FRAME, H3_ERROR } from './words.js';

export interface RequestEvents {
  /** Its headers; once. */
  headers(fields: readonly Field[]): void;
  /** The peer says that the session is over, or ended the stream, or broke it off. */
  over(): void;
  /** The whole connection must end. */
  broken(code: number, why: string): void;
}

/** A request as far as an extended CONNECT goes (RFC 9220): headers, then DATA that carries capsules. */
export class RequestStream implements StreamReader {
  readonly #events: RequestEvents;
  readonly #frames = new TlvReader((type) => {
    if (type === FRAME.HEADERS) return SIZE_LIMITS.headerBytes;
    return type === FRAME.DATA ? SIZE_LIMITS.capsuleBytes : undefined;
  });
  readonly #capsules = new TlvReader((type) => (type === CAPSULE.CLOSE_SESSION ? SIZE_LIMITS.capsuleBytes : undefined));
  #started = false;

  constructor(events: RequestEvents) {
    this.#events = events;
  }

  data(bytes: Uint8Array): void {
    for (const frame of this.#frames.push(bytes)) {
      if (frame === 'too long') return this.#events.broken(H3_ERROR.EXCESSIVE_LOAD, 'a frame of a request is too long');
      if (frame.type === FRAME.HEADERS) this.#headers(frame.value);
      else this.#capsule(frame.value);
    }
  }

  ended(): void {
    this.#events.over();
  }

  #headers(section: Uint8Array): void {
    // What comes after the first are trailers: a CONNECT has none to tell.
    if (this.#started) return this.#events.broken(H3_ERROR.FRAME_UNEXPECTED, 'headers twice');
    this.#started = true;
    const fields = decodeFields(section);
    if (fields) this.#events.headers(fields);
    else this.#events.broken(H3_ERROR.QPACK_DECOMPRESSION_FAILED, 'headers that cannot be read');
  }

  #capsule(bytes: Uint8Array): void {
    if (!this.#started) return this.#events.broken(H3_ERROR.FRAME_UNEXPECTED, 'data before headers');
    for (const capsule of this.#capsules.push(bytes)) {
      if (capsule === 'too long') return this.#events.broken(H3_ERROR.EXCESSIVE_LOAD, 'a capsule is too long');
      // The one that is understood is the session's end.
      return this.#events.over();
    }
  }
}
