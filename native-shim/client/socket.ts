import { WeirError } from '../../server/observe/errors.js';
import { watch, type Watch } from '../poll.js';
import { close, connect, discard, peerOf, receive, send, SysError } from '../sys.js';
import { Deframer } from './framing.js';
import { SEND_QUEUE_BYTES, SERVER_MESSAGE_BYTES, WAITING_FDS } from './limits.js';

/** Reads in one turn of the event loop; the rest waits its turn, so that timers keep time. */
const READS_A_TURN = 16;

export interface SocketListener {
  /** One whole message: a view that lives until this returns. */
  message(bytes: Uint8Array): void;
  /** Nothing comes any more. Told once, also when our own side closed. */
  ended(reason: WeirError): void;
  /** All that was queued is with the kernel. */
  flushed(): void;
}

interface Outgoing {
  bytes: Uint8Array;
  fds: readonly number[];
}

const gone = (what: string): WeirError => new WeirError('SERVER_GONE', what);

/** Framed messages and descriptors over a Unix socket, on Node's own loop. */
export class FramedSocket {
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #listener: SocketListener;
  readonly #deframer = new Deframer(SERVER_MESSAGE_BYTES);
  readonly #outgoing: Outgoing[] = [];
  readonly #fds: number[] = [];
  #queuedBytes = 0;
  #awaitsRoom = false;
  #open = true;

  private constructor(fd: number, listener: SocketListener) {
    this.#fd = fd;
    this.#listener = listener;
    this.#watch = watch(fd, { readable: true, writable: false }, (ready) => {
      if (ready.readable) this.#read();
      if (ready.writable && this.#open) this.#flush();
    });
  }

  /** @throws WeirError SERVER_NOT_FOUND or NOT_ALLOWED */
  static connect(path: string, listener: SocketListener): FramedSocket {
    const fd = connect(path);
    if (!(fd instanceof SysError)) return new FramedSocket(fd, listener);
    if (fd.errno === 'EACCES' || fd.errno === 'EPERM') throw new WeirError('NOT_ALLOWED', `${path}: permission denied`);
    throw new WeirError('SERVER_NOT_FOUND', `no server listens at ${path} (${fd.errno})`);
  }

  /** Who listens, as the kernel saw it when the server bound its socket; -1 when it cannot tell. */
  serverUid(): number {
    const peer = peerOf(this.#fd);
    return peer instanceof SysError ? -1 : peer.uid;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Sends now what the kernel takes and queues the rest. Descriptors stay the caller's: see `flushed` before closing them. */
  send(bytes: Uint8Array, fds: readonly number[] = []): void {
    if (!this.#open) return;
    this.#outgoing.push({ bytes, fds });
    this.#queuedBytes += bytes.length;
    if (this.#outgoing.length === 1) this.#flush();
    if (this.#queuedBytes > SEND_QUEUE_BYTES) this.#end(gone('the server does not read what it is sent'));
  }

  /** The oldest `count` descriptors received; the caller owns them. Fewer means that the server sent too few. */
  takeFds(count: number): number[] {
    return this.#fds.splice(0, count);
  }

  close(): void {
    this.#end(gone('this program closed the connection'));
  }

  #read(): void {
    for (let turn = 0; turn < READS_A_TURN && this.#open; turn++) {
      const room = this.#deframer.room();
      const got = receive(this.#fd, room, WAITING_FDS);
      if (got instanceof SysError) {
        if (got.errno !== 'EAGAIN' && got.errno !== 'EINTR') this.#end(gone(`the connection broke (${got.errno})`));
        return;
      }
      if (got.length === 0) return this.#end(gone('the server closed the connection'));
      this.#fds.push(...got.fds);
      this.#deframer.filled(got.length);
      this.#deliver();
      if (this.#fds.length > WAITING_FDS)
        this.#end(new WeirError('BAD_MESSAGE', 'the server sent descriptors that no message names'));
      if (got.length < room.length) return;
    }
  }

  #deliver(): void {
    while (this.#open) {
      const message = this.#deframer.next();
      if (message === undefined) return;
      if (message instanceof WeirError) return this.#end(message);
      this.#listener.message(message);
    }
  }

  #flush(): void {
    for (let head = this.#outgoing[0]; head !== undefined; head = this.#outgoing[0]) {
      const sent = send(this.#fd, head.bytes, head.fds);
      if (sent instanceof SysError) {
        if (sent.errno === 'EAGAIN' || sent.errno === 'ENOBUFS') break;
        // The reading side still has the server's last words, and then finds the end itself.
        this.#drop();
        break;
      }
      this.#queuedBytes -= sent;
      if (sent === head.bytes.length) this.#outgoing.shift();
      else this.#outgoing[0] = { bytes: head.bytes.subarray(sent), fds: [] };
    }
    const idle = this.#outgoing.length === 0;
    if (this.#awaitsRoom === idle) {
      this.#awaitsRoom = !idle;
      this.#watch.want({ readable: true, writable: !idle });
    }
    if (idle) this.#listener.flushed();
  }

  #drop(): void {
    this.#outgoing.length = 0;
    this.#queuedBytes = 0;
  }

  #end(reason: WeirError): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watch.close();
    close(this.#fd);
    this.#drop();
    for (const fd of this.#fds.splice(0)) discard(fd);
    this.#listener.ended(reason);
  }
}
