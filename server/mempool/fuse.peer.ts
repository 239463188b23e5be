/**
 * The daemon of a file system that answers nothing but the opening of its files, in a mount namespace of its own; argv[2]: where.
 * Its user is a process of its own (fuse.opener.ts): a daemon that waits for itself could not even be killed. It ends by itself,
 * and everything that it blocked with it, so that a victim's test fails instead of hanging.
 */
import { spawn } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mountFuse } from './libc.fixture.js';

const OPENER = fileURLToPath(new URL('fuse.opener.js', import.meta.url));
const LIFE_MS = 10_000;
const REQUEST_BYTES = 1 << 20;
const OUT_HEADER_BYTES = 16;
/** <linux/fuse.h>: the requests that are answered. */
const FUSE = { LOOKUP: 1, OPEN: 14, INIT: 26 };
const REGULAR_FILE = 0o100644;

/** The answer's body; undefined: it never comes. */
function answer(opcode: number): Buffer | undefined {
  if (opcode === FUSE.INIT) {
    const init = Buffer.alloc(64);
    init.writeUInt32LE(7, 0);
    init.writeUInt32LE(31, 4);
    init.writeUInt32LE(4096, 20); // max_write
    return init;
  }
  if (opcode === FUSE.LOOKUP) {
    const entry = Buffer.alloc(128);
    entry.writeUInt32LE(2, 0); // nodeid
    entry.writeUInt32LE(2, 40); // ino
    entry.writeUInt32LE(8192, 48); // size
    entry.writeUInt32LE(REGULAR_FILE, 100);
    entry.writeUInt32LE(1, 104); // nlink
    return entry;
  }
  return opcode === FUSE.OPEN ? Buffer.alloc(16) : undefined;
}

async function serve(device: FileHandle): Promise<never> {
  const request = Buffer.alloc(REQUEST_BYTES);
  for (;;) {
    await device.read(request, 0, REQUEST_BYTES);
    const body = answer(request.readUInt32LE(4));
    if (!body) continue;
    const header = Buffer.alloc(OUT_HEADER_BYTES);
    header.writeUInt32LE(OUT_HEADER_BYTES + body.length, 0);
    request.copy(header, 8, 8, 16); // unique
    await device.write(Buffer.concat([header, body]));
  }
}

const directory = process.argv[2] ?? '';
setTimeout(() => process.kill(process.pid, 'SIGKILL'), LIFE_MS);
const device = await open('/dev/fuse', 'r+');
const mounted = mountFuse(device.fd, directory);
if (mounted !== 'done') throw new Error(`mount: ${mounted}`);
spawn(process.execPath, [OPENER, join(directory, 'never')], { stdio: ['pipe', 'ignore', 'inherit', 3, 4] });
await serve(device);
