/**
 * A hostile client with a file system of its own (fuse.peer.ts): opens the file argv[2], holds the inode lock of descriptor 4, and sends
 * the file's descriptor over the socket 3. Ends with its standard input.
 */
import { openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { must, send } from '../../native-shim/sys.js';
import { holdInodeLock } from './libc.fixture.js';

const LOCK_MS = 200;

const file = openSync(process.argv[2] ?? '', 'r');
holdInodeLock(4, file);
await delay(LOCK_MS);
must(send(3, Uint8Array.of(1), [file]));
process.stdin.on('end', () => process.exit()).resume();
