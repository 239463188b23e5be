import { weir } from '#proto';
import { setTimeout as sleep } from 'node:timers/promises';
import { accept, close, listen, must, receive, send, SysError } from '../native-shim/sys.js';

const HEADER_BYTES = 4;
const LOOK_MS = 2;
const PATIENCE_MS = 10_000;
const BACKLOG = 1;
const OWNER_ONLY = 0o600;

/** What is sent when the client has said something: bytes as they are, and descriptors. */
export interface Reply {
  readonly bytes: Uint8Array;
  readonly fds?: readonly number[];
}

/** A message as it travels, with its length before it. */
export function framed(message: weir.v1.ServerMessage.$Properties): Uint8Array {
  const bytes = weir.v1.ServerMessage.encode(message).finish();
  const frame = new Uint8Array(HEADER_BYTES + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length, true);
  frame.set(bytes, HEADER_BYTES);
  return frame;
}

/** Serves one client: after each thing it says, the next reply, whatever it is worth; then hangs up. */
export async function serveOne(path: string, replies: readonly Reply[]): Promise<void> {
  const listening = must(listen(path, OWNER_ONLY, BACKLOG));
  const client = await until(() => accept(listening));
  close(listening);
  if (client === undefined) return;
  const heard = new Uint8Array(4096);
  for (const { bytes, fds } of replies) {
    const got = await until(() => receive(client, heard, 0));
    if (got === undefined || got.length === 0) break;
    if (send(client, bytes, fds) instanceof SysError) break;
  }
  close(client);
}

/** Undefined when it never came, or the other side broke the connection. */
async function until<T>(attempt: () => T | SysError): Promise<T | undefined> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(LOOK_MS)) {
    const value = attempt();
    if (!(value instanceof SysError)) return value;
    if (value.errno !== 'EAGAIN') return undefined;
  }
  return undefined;
}
