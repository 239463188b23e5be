import { SIZE_LIMITS } from '../limits.js';
import type { StreamReader } from '../quic/quic-connection.js';
import { parseSettings } from './frames.js';
import { TlvReader } from './tlv-reader.js';
import { FRAME, H3_ERROR } from './words.js';

/** Frames that belong to requests; a control stream with one is broken (RFC 9114, 7.2). */
const OF_REQUESTS = new Set<number>([FRAME.DATA, FRAME.HEADERS]);

/** The peer's control stream (RFC 9114, 6.2.1): SETTINGS first and once; nothing else in it concerns us. It lasts as long as its connection. */
export class ControlStream implements StreamReader {
  readonly #fail: (code: number, why: string) => void;
  readonly #frames: TlvReader;
  #settled = false;

  constructor(fail: (code: number, why: string) => void) {
    this.#fail = fail;
    this.#frames = new TlvReader((type) => {
      if (type === FRAME.SETTINGS) return SIZE_LIMITS.settingsBytes;
      // Too long at any length, until its place is right: the first frame is SETTINGS.
      return this.#settled && !OF_REQUESTS.has(type) ? undefined : -1;
    });
  }

  data(bytes: Uint8Array): void {
    for (const frame of this.#frames.push(bytes)) {
      if (frame === 'too long') return this.#misplaced();
      if (this.#settled) return this.#fail(H3_ERROR.FRAME_UNEXPECTED, 'SETTINGS twice');
      if (!parseSettings(frame.value)) return this.#fail(H3_ERROR.SETTINGS, 'SETTINGS that are none');
      this.#settled = true;
    }
  }

  #misplaced(): void {
    if (this.#settled) this.#fail(H3_ERROR.FRAME_UNEXPECTED, 'a frame that does not belong there');
    else this.#fail(H3_ERROR.MISSING_SETTINGS, 'no SETTINGS, or too many');
  }

  ended(): void {
    this.#fail(H3_ERROR.CLOSED_CRITICAL_STREAM, 'the control stream ended');
  }
}
