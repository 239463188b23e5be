import { readVarint, varint } from '../quic/varint.js';
import { SIZE_LIMITS } from '../limits.js';
import { FRAME, SETTING, UNI } from './words.js';

export function frame(type: number, value: Uint8Array): Buffer {
  return Buffer.concat([varint(type), varint(value.length), value]);
}

/** How our control stream begins: one WebTransport session a connection, no dynamic table. */
export const CONTROL_STREAM_START = Buffer.concat([
  varint(UNI.CONTROL),
  frame(
    FRAME.SETTINGS,
    Buffer.concat(
      [
        [SETTING.QPACK_MAX_TABLE_CAPACITY, 0],
        [SETTING.MAX_FIELD_SECTION_SIZE, SIZE_LIMITS.headerBytes],
        [SETTING.QPACK_BLOCKED_STREAMS, 0],
        [SETTING.ENABLE_CONNECT_PROTOCOL, 1],
        [SETTING.H3_DATAGRAM, 1],
        [SETTING.H3_DATAGRAM_DRAFT04, 1],
        [SETTING.ENABLE_WEBTRANSPORT, 1],
        [SETTING.WEBTRANSPORT_MAX_SESSIONS_DRAFT07, 1],
        [SETTING.WEBTRANSPORT_MAX_SESSIONS_DRAFT14, 1],
      ].flatMap(([id = 0, value = 0]) => [varint(id), varint(value)]),
    ),
  ),
]);

/** The settings of a SETTINGS frame (RFC 9114, 7.2.4); undefined for bytes that are none, or one told twice. */
export function parseSettings(value: Uint8Array): ReadonlyMap<number, number> | undefined {
  const settings = new Map<number, number>();
  for (let at = 0; at < value.length;) {
    const id = readVarint(value, at);
    const setting = id && readVarint(value, id.next);
    if (!setting || settings.has(id.value)) return undefined;
    settings.set(id.value, setting.value);
    at = setting.next;
  }
  return settings;
}
