import { Deframer, HEADER_BYTES } from '../../../native-shim/client/framing.js';
import { watch, type Watch } from '../../../native-shim/poll.js';
import { close, discard, receive, send, SysError } from '../../../native-shim/sys.js';
import { WeirError } from '../../observe/errors.js';
import { MESSAGE_LIMIT_BYTES } from '../../session/limits.js';
import type { Inlet, Outlet } from '../../session/port.js';
import { FIRST_BUFFER_BYTES, LAST_WORDS_MS, READS_PER_TURN, WAITING_FDS_MAX } from './limits.js';

interface Outgoing {
  bytes: Uint8Array;
  fds: readonly number[];
}

/** One client of the Unix socket: bytes and descriptors in, bytes and descriptors out. */
export class UnixConnection implements Outlet {
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #deframer = new Deframer(MESSAGE_LIMIT_BYTES, FIRST_BUFFER_BYTES);
  readonly #fds: number[] = [];
  readonly #outgoing: Outgoing[] = [];
  #queuedBytes = 0;
  #inlet: Inlet | undefined;
  #open = true;
  /** Closed from this side: what waits is for the peer to read, until then. */
  #parting: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    this.#fd = fd;
    this.#watch = watch(fd, { readable: true, writable: false }, (ready) => {
      if (ready.writable) this.#flush();
      if (ready.readable && this.#listens) this.#read();
    });
  }

  /** Where messages go from now on. */
  begin(inlet: Inlet): void {
    this.#inlet = inlet;
  }

  /** Descriptors travel with the message's first byte. */
  send(message: Uint8Array, fds: readonly number[] = []): void {
    if (!this.#listens) return closeAll(fds);
    const header = new Uint8Array(HEADER_BYTES);
    new DataView(header.buffer).setUint32(0, message.length, true);
    const bytes = Buffer.concat([header, message]);
    this.#queuedBytes += bytes.length;
    this.#outgoing.push({ bytes, fds });
    this.#flush();
  }

  queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Why it was closed is behind what a slow reader has not read yet: that has a moment's time. */
  close(): void {
    if (!this.#listens) return;
    this.#parting = setTimeout(() => this.#end(), LAST_WORDS_MS);
    this.#flush();
  }

  get #listens(): boolean {
    return this.#open && this.#parting === undefined;
  }

  #read(): void {
    for (let turn = 0; turn < READS_PER_TURN && this.#listens; turn++) {
      const room = this.#deframer.room();
      const got = receive(this.#fd, room, WAITING_FDS_MAX);
      if (got instanceof SysError) {
        if (got.errno !== 'EAGAIN' && got.errno !== 'EINTR') this.#end();
        return;
      }
      if (got.length === 0) return this.#end();
      this.#fds.push(...got.fds);
      this.#deframer.filled(got.length);
      this.#deliver();
      if (this.#fds.length > WAITING_FDS_MAX) {
        return this.#refuse(new WeirError('BAD_MESSAGE', 'descriptors came that no message names'));
      }
      if (got.length < room.length) return;
    }
  }

  #deliver(): void {
    while (this.#listens) {
      const message = this.#deframer.next();
      if (message === undefined) return;
      if (message instanceof WeirError) return this.#refuse(message);
      this.#inlet?.receive(message, this.#fds);
    }
  }

  #flush(): void {
    for (let head = this.#outgoing[0]; head !== undefined && this.#open; head = this.#outgoing[0]) {
      const sent = send(this.#fd, head.bytes, head.fds);
      if (sent instanceof SysError) {
        if (sent.errno !== 'EAGAIN' && sent.errno !== 'ENOBUFS') return this.#end();
        break;
      }
      this.#queuedBytes -= sent;
      closeAll(head.fds);
      if (sent === head.bytes.length) this.#outgoing.shift();
      else this.#outgoing[0] = { bytes: head.bytes.subarray(sent), fds: [] };
    }
    if (!this.#open) return;
    const writable = this.#outgoing.length > 0;
    if (this.#listens || writable) this.#watch.want({ readable: this.#listens, writable });
    else this.#end();
  }

  /** The framing is lost for good: whoever takes the messages says why, and closes. */
  #refuse(why: WeirError): void {
    if (this.#inlet) this.#inlet.refused(why);
    else this.#end();
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#parting);
    this.#watch.close();
    close(this.#fd);
    for (const fd of this.#fds.splice(0)) discard(fd);
    for (const { fds } of this.#outgoing.splice(0)) closeAll(fds);
    this.#queuedBytes = 0;
    this.#inlet?.closed();
  }
}

/** Descriptors of our own making: they close without delay. */
function closeAll(fds: readonly number[]): void {
  for (const fd of fds) close(fd);
}
