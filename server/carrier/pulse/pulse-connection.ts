import { ROOM_BYTES, type Member, type SocketSet } from '../../../native-shim/socket-set.js';
import type { Correspondent, Outbox } from '../../../native-shim/outbox.js';
import { close, receive, send, SysError } from '../../../native-shim/sys.js';
import { WeirError } from '../../observe/errors.js';
import type { Budget } from './budget.js';
import type { Place } from './crowd.js';
import { FRAMES_PER_TURN, UNSENT_LIMIT_BYTES, UNSENT_PAUSE_BYTES } from './limits.js';
import { letGo } from './memory/client-pool.js';
import type { Sleepers } from './sleepers.js';
import type { Sender } from './turn.js';
import { type Frame, FrameReader } from './wire/framing/frame-reader.js';
import { FrameWriter } from './wire/framing/frame-writer.js';
import { FDS_PER_FRAME_MAX } from './wire/limits.js';

/** What a connection gives its frames to. Neither call throws for anything that the peer did. */
export interface FrameTaker {
  /** The frame's bytes are good until the call returns; its descriptors are the taker's. */
  take(frame: Frame): void;
  /** The peer's bytes make no frames: the connection closes. */
  refused(why: WeirError): void;
  /** The peer is gone. */
  closed(): void;
}

/** What all connections share. */
interface Common {
  readonly sockets: SocketSet;
  readonly sleepers: Sleepers;
}

/**
 * One socket of a PulseAudio client: frames in, frames out. A turn reads once and sends once. A peer that asks for more than its budget,
 * or does not read its answers, is not read for a while: what it sends waits in its own socket.
 */
export class PulseConnection implements Sender, Correspondent {
  readonly in = new FrameReader();
  readonly out = new FrameWriter();
  readonly budget: Budget;
  readonly #fd: number;
  readonly #place: Place;
  readonly #common: Common;
  #member: Member | undefined;
  #taker: FrameTaker | undefined;
  #open = true;
  #asleep = false;
  #holds = 0;
  #wanted = { readable: false, writable: false };

  constructor(fd: number, place: Place, budget: Budget, common: Common) {
    this.#fd = fd;
    this.#place = place;
    this.budget = budget;
    this.#common = common;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Where frames go from now on; nothing was read before. */
  begin(taker: FrameTaker): void {
    if (!this.#open) return;
    this.#taker = taker;
    this.#wanted = { readable: true, writable: false };
    this.#member = this.#common.sockets.join(this.#fd, this.#wanted, {
      writable: () => this.flush(),
      arrived: (bytes, fds) => this.#arrived(bytes, fds),
      failed: () => this.#end(),
    });
  }

  /** Nothing is read nor carried out until `settled`, which never rejects. */
  hold(settled: Promise<void>): void {
    this.#holds++;
    void settled.then(() => {
      this.#holds--;
      if (this.#open && this.#holds === 0 && !this.#asleep) this.#deliver();
    });
  }

  /** The peer has said who it is. */
  known(): void {
    this.#place.known();
  }

  /** Its answers leave with those of others. */
  post(outbox: Outbox): void {
    if (this.#open && this.out.due) outbox.put(this.#fd, this.out.waiting(), this);
  }

  left(bytes: number): void {
    this.out.sent(bytes);
  }

  flush(): void {
    while (this.#open && this.out.due) {
      const sent = send(this.#fd, this.out.waiting());
      if (sent instanceof SysError) {
        if (sent.errno !== 'EAGAIN' && sent.errno !== 'ENOBUFS') return this.#end();
        break;
      }
      this.out.sent(sent);
    }
    if (!this.#open) return;
    if (this.out.length > UNSENT_LIMIT_BYTES) return this.#refuse(new WeirError('TOO_SLOW', 'too many unread answers'));
    this.#want();
  }

  /** Sends what the peer takes at once, then closes. */
  close(): void {
    if (this.#open && this.out.length > 0) send(this.#fd, this.out.waiting());
    this.#end();
  }

  #arrived(bytes: Uint8Array, fds: readonly number[]): void {
    if (bytes.length === 0) return this.#end();
    this.in.put(bytes, fds);
    if (bytes.length < ROOM_BYTES) this.#deliver();
    else this.#read();
  }

  /** More than the set's room holds goes straight to where it stays. */
  #read(): void {
    const got = receive(this.#fd, this.in.room(), FDS_PER_FRAME_MAX + 1);
    if (got instanceof SysError) {
      if (got.errno !== 'EAGAIN' && got.errno !== 'EINTR') return this.#end();
    } else if (got.length === 0) {
      return this.#end();
    } else {
      this.in.filled(got.length, got.fds);
    }
    this.#deliver();
  }

  #deliver(): void {
    let nowMs = performance.now();
    for (let frames = 0; this.#open && this.#holds === 0; frames++) {
      // What is left of this read goes on after the nap: the peer's next bytes stay where they are.
      if (frames === FRAMES_PER_TURN || this.#isOverdrawn(nowMs)) return this.#nap();
      const frame = this.in.next();
      if (frame === undefined) break;
      if (frame instanceof WeirError) return this.#refuse(frame);
      this.budget.frames.spend(1);
      this.#taker?.take(frame);
      const doneMs = performance.now();
      this.budget.workMs.spend(doneMs - nowMs);
      nowMs = doneMs;
    }
    this.flush();
  }

  #isOverdrawn(nowMs: number): boolean {
    return this.out.length > UNSENT_PAUSE_BYTES || this.budget.isDry(nowMs);
  }

  #nap(): void {
    this.flush();
    if (!this.#open) return;
    this.#asleep = true;
    this.#want();
    this.#common.sleepers.add(() => {
      this.#asleep = false;
      if (this.#open && this.#holds === 0) this.#deliver();
    });
  }

  #want(): void {
    const readable = !this.#asleep && this.#holds === 0;
    const writable = this.out.due;
    if (readable === this.#wanted.readable && writable === this.#wanted.writable) return;
    this.#wanted = { readable, writable };
    this.#member?.want(this.#wanted);
  }

  /** The framing is lost for good, or the peer does not read. */
  #refuse(why: WeirError): void {
    this.#taker?.refused(why);
    this.#end();
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#member?.leave();
    close(this.#fd);
    for (const fd of this.in.leave()) letGo(fd);
    this.#place.leave();
    this.#taker?.closed();
  }
}
