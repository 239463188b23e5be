import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { weir } from '#proto';
import { watch, type Watch } from '../poll.js';
import { accept, close, listen, must, receive, send, SysError } from '../sys.js';
import { Deframer, HEADER_BYTES } from './framing.js';

type Request = weir.v1.ClientMessage & weir.v1.ClientMessage.$Shape;

/** What a scripted server says to one request; descriptors are closed after sending. */
export interface Reply {
  readonly message?: weir.v1.ServerMessage.$Properties;
  readonly fds?: readonly number[];
  /** Bytes as they are, instead of a message. */
  readonly bytes?: Uint8Array;
  readonly hangUp?: boolean;
}

export function framed(message: weir.v1.ServerMessage.$Properties): Uint8Array {
  const body = weir.v1.ServerMessage.encode(message).finish();
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, HEADER_BYTES);
  return frame;
}

export const WELCOME: Reply = { message: { welcome: { major: 1, minor: 0, client: 7, sharedMemory: true } } };

/** A server on a real socket that greets as it should and then does whatever a test wants of it. */
export class HostileServer {
  readonly #dir = mkdtempSync(join(tmpdir(), 'weir-hostile-'));
  readonly path = join(this.#dir, 'weir.sock');
  readonly requests: Request[] = [];
  readonly #fds: number[] = [];
  readonly #watches: Watch[] = [];
  readonly #script: (request: Request) => Reply[];

  constructor(script: (request: Request) => Reply[]) {
    this.#script = script;
    const fd = must(listen(this.path, 0o600, 4));
    this.#fds.push(fd);
    this.#watch(fd, () => {
      const client = accept(fd);
      if (!(client instanceof SysError)) this.#serve(client);
    });
  }

  close(): void {
    for (const one of this.#watches.splice(0)) one.close();
    for (const fd of this.#fds.splice(0)) close(fd);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #watch(fd: number, ready: () => void): Watch {
    const made = watch(fd, { readable: true, writable: false }, ready);
    this.#watches.push(made);
    return made;
  }

  #serve(fd: number): void {
    this.#fds.push(fd);
    const deframer = new Deframer(1 << 20);
    const reading = this.#watch(fd, () => {
      const got = receive(fd, deframer.room(), 4);
      if (got instanceof SysError || got.length === 0) return reading.close();
      for (const sent of got.fds) close(sent);
      deframer.filled(got.length);
      for (let bytes = deframer.next(); bytes instanceof Uint8Array; bytes = deframer.next()) {
        const request = weir.v1.ClientMessage.decode(bytes.slice());
        this.requests.push(request);
        const replies = request.body === 'hello' ? [WELCOME] : this.#script(request);
        for (const reply of replies) this.#reply(fd, reading, request, reply);
      }
    });
  }

  #reply(fd: number, reading: Watch, request: Request, reply: Reply): void {
    if (reply.hangUp === true) {
      reading.close();
      close(fd);
      this.#fds.splice(this.#fds.indexOf(fd), 1);
      return;
    }
    const bytes = reply.bytes ?? framed({ requestId: request.requestId, ...reply.message });
    must(send(fd, bytes, reply.fds));
    for (const sent of reply.fds ?? []) close(sent);
  }
}
