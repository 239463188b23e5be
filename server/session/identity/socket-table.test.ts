import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findSockets, loopbackHex, socketKey } from './socket-table.js';

// Recorded on x86-64, Linux 6.18; the first lines of each are what a reader must not stumble over.
const HEADER4 =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ';
const ROW4 =
  '   1: 0100007F:C350 0100007F:12B6 01 00000000:00000000 00:00000000 00000000  1000        0 51234 1 00000000b426fe85 20 4 30 10 -1                    ';
const TIME_WAIT =
  '   2: 0100007F:C351 0100007F:12B6 06 00000000:00000000 03:00001770 00000000     0        0 0 3 00000000a1b2c3d4                                      ';
const ROW6 =
  '   0: 00000000000000000000000001000000:C352 00000000000000000000000001000000:12B6 01 00000000:00000000 00:00000000 00000000 65534        0 51235 1 00000000b426fe86 20 4 0 10 -1';
const ROW_MAPPED =
  '   1: 0000000000000000FFFF00000100007F:C353 0000000000000000FFFF00000100007F:12B6 01 00000000:00000000 02:000AFC7A 00000000  1000        0 51236 2 00000000b426fe87 20 4 0 10 -1';
const TABLE = [HEADER4, ROW4, TIME_WAIT, ROW6, ROW_MAPPED, ''].join('\n');

const SERVER_PORT = 4790;
const find = (table: string, address: string, port: number): ReturnType<typeof findSockets> => {
  const key = socketKey({ address, port }, { address, port: SERVER_PORT });
  return findSockets(table, new Set(key ? [key] : []));
};

describe("the kernel's socket tables", () => {
  test("name a peer's user and inode over IPv4, IPv6 and v4-mapped", () => {
    expect(find(TABLE, '127.0.0.1', 50_000)).toMatchObject([{ uid: 1000, inode: 51_234 }]);
    expect(find(TABLE, '::1', 50_002)).toMatchObject([{ uid: 65_534, inode: 51_235 }]);
    expect(find(TABLE, '127.0.0.1', 50_003)).toMatchObject([{ uid: 1000, inode: 51_236 }]);
    expect(find(TABLE, '::ffff:127.0.0.1', 50_000)).toMatchObject([{ uid: 1000, inode: 51_234 }]);
  });

  test('say uid 0 of a socket that nobody holds any more: that is not root', () => {
    expect(find(TABLE, '127.0.0.1', 50_001)).toEqual([]);
  });

  test("are asked for the peer's end, never for ours", () => {
    const swapped = socketKey({ address: '127.0.0.1', port: SERVER_PORT }, { address: '127.0.0.1', port: 50_000 });
    expect(findSockets(TABLE, new Set([swapped ?? '']))).toEqual([]);
  });

  test('know no address but loopback', () => {
    expect(loopbackHex('127.0.0.1')).toBe('00000000000000000000ffff7f000001');
    expect(loopbackHex('127.255.3.4')).toBe('00000000000000000000ffff7fff0304');
    expect(loopbackHex('::ffff:127.0.0.1')).toBe('00000000000000000000ffff7f000001');
    for (const address of [
      '',
      '0.0.0.0',
      '::',
      '192.168.1.1',
      '::2',
      '::1%lo',
      '127.1',
      '127.0.0.1.evil',
      'localhost',
      '::ffff:10.0.0.1',
    ]) {
      expect(loopbackHex(address), address).toBeUndefined();
    }
  });
});

describe('a table of anything', () => {
  test('any loopback socket is found by its own key alone', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const port = fc.integer({ min: 1, max: 65_535 });
    const id = fc.integer({ min: 1, max: 2 ** 31 });
    fc.assert(
      fc.property(octet, octet, octet, port, port, id, id, (b, c, d, localPort, remotePort, uid, inode) => {
        const hex = (value: number, width: number): string => value.toString(16).toUpperCase().padStart(width, '0');
        const row = ` 7: ${hex(d, 2)}${hex(c, 2)}${hex(b, 2)}7F:${hex(localPort, 4)} 0100007F:${hex(remotePort, 4)} 01 00000000:00000000 00:00000000 00000000 ${uid} 0 ${inode} 1 0000`;
        const local = { address: `127.${b}.${c}.${d}`, port: localPort };
        const key = socketKey(local, { address: '127.0.0.1', port: remotePort }) ?? '';
        expect(findSockets(row, new Set([key]))).toEqual([{ key, uid, inode }]);
        const other = socketKey({ ...local, port: localPort ^ 1 }, { address: '127.0.0.1', port: remotePort }) ?? '';
        expect(findSockets(row, new Set([other]))).toEqual([]);
      }),
    );
  });

  test('a line that is damaged anywhere is the same row or none, and never throws', () => {
    const key = socketKey({ address: '127.0.0.1', port: 50_000 }, { address: '127.0.0.1', port: SERVER_PORT }) ?? '';
    const fields = ROW4.indexOf('51234');
    fc.assert(
      fc.property(fc.nat(ROW4.length - 1), fc.string({ maxLength: 3 }), fc.nat(3), (at, text, cut) => {
        const damaged = ROW4.slice(0, at) + text + ROW4.slice(at + cut);
        for (const row of findSockets(damaged, new Set([key]))) {
          expect(row.key).toBe(key);
          if (at + cut < fields - 30 || at > fields + 6) expect(row).toMatchObject({ uid: 1000, inode: 51_234 });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('any text at all is read without a row', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4000, unit: 'binary' }), (text) => {
        expect(findSockets(text, new Set(['x']))).toEqual([]);
      }),
    );
  });
});
