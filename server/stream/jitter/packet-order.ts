import { LostPlaces } from './lost-places.js';

/** One packet of a live stream: so many frames from this position of the sender on. */
export interface LivePacket {
  readonly frame: number;
  readonly frames: number;
  readonly data: Uint8Array;
}

/** What is to be written next. */
export type Step =
  | { kind: 'play'; packet: LivePacket }
  /** Frames that are missing right before others: `next` may carry a copy of the last of them. */
  | { kind: 'lost'; frames: number; next: LivePacket | undefined }
  /** Frames for what has not come yet: when it comes it is still heard, later by so much. */
  | { kind: 'bridge'; frames: number };

/** What became of a packet as it came. */
export type Verdict =
  | 'taken'
  /** Its place has been filled already. */
  | 'late'
  | 'duplicate'
  /** Of an outage's backlog: the live edge is waited for. */
  | 'stale'
  /** Far from where the stream is; the next one will show whether the sender went there. */
  | 'stray'
  /** The stream goes on from it: the sender began anew, or its way has become another. */
  | 'moved'
  /** More waits than can be. */
  | 'excess';

/** A gap that stays open for so long ends in silence, and is skipped. */
const BRIDGE_MS = 100;
/** A gap in front of packets that are here is made up for, whole, up to this. */
const JUMP_MS = 500;
/** After an outage the backlog is skipped for so long at first, and on while it still catches up, … */
const CATCH_UP_MS = 100;
/** … in steps of at least this … */
const CATCH_UP_STEP_MS = 10;
/** … and no longer than this. */
const CATCH_UP_LIMIT_MS = 2000;
/** A packet further than this from where the stream is does not belong to it. */
const WINDOW_S = 10;
const WAITING_PACKETS_MAX = 512;
/** Bridges are built in pieces of this at most. */
const PIECE_MS = 10;
/** What is made up for shorter packets is made for some of them at once: a sender must not choose how often it is done. */
const LEAST_PIECE_MS = 2;

/**
 * Brings the packets of a network into their order and decides what to do where one is missing. It knows positions and
 * times, no sound. Each packet that was sent ends as exactly one of played, late, lost or skipped.
 */
export class PacketOrder {
  readonly counts = { packets: 0, played: 0, late: 0, lost: 0, duplicates: 0, skipped: 0, skippedFrames: 0 };
  readonly #framesPerMs: number;
  /** By position. */
  #waiting: LivePacket[] = [];
  /** First frame that has not been written; undefined before the first packet. */
  #next: number | undefined;
  #packetFrames = 0;
  /** Frames made up since the last packet: of those that follow, as far as they are lost. */
  #bridged = 0;
  /** Nothing is heard any more: whatever comes need not join on. */
  #silent = true;
  /** Where lost packets began: one that comes after all is late, not doubled. */
  readonly #lost = new LostPlaces();
  #strayEnd = -1;
  #catchUp: { untilNs: number; lastNs: number; behindNs: number } | undefined;

  constructor(rate: number) {
    this.#framesPerMs = rate / 1000;
  }

  /** Frames of the packet that came last. */
  get packetFrames(): number {
    return this.#packetFrames;
  }

  /** Frames from the first that is due to the end of the last packet that is here. */
  get waitingFrames(): number {
    const last = this.#waiting.at(-1);
    return last ? last.frame + last.frames - (this.#next ?? 0) : 0;
  }

  /** @param behindNs how much later it came than the fastest ones would, @param staleNs what of that is no jitter any more. */
  arrive(packet: LivePacket, arrivalNs: number, behindNs: number, staleNs: number): Verdict {
    this.counts.packets++;
    const first = this.#next === undefined;
    this.#next ??= packet.frame;
    const far = Math.abs(packet.frame - this.#next) > WINDOW_S * 1000 * this.#framesPerMs;
    if (far && !this.#followsStray(packet)) {
      this.#noteSkipped(packet);
      return 'stray';
    }
    if (far) this.#restart(packet);
    if (packet.frame < this.#next) return this.#tooLate(packet);
    if (!far && this.#isStale(arrivalNs, behindNs, staleNs)) return this.#skip(packet);
    const moved = far || (!first && this.#silent && behindNs > staleNs);
    this.#catchUp = undefined;
    this.#packetFrames = packet.frames;
    const verdict = this.#insert(packet);
    return verdict === 'taken' && moved ? 'moved' : verdict;
  }

  /** Frames made up since the last packet, for what had not come. */
  get bridgedFrames(): number {
    return this.#bridged;
  }

  /**
   * What to write now; undefined: wait. `due`: the reader will need it before the next look. `excessFrames`: by so much what
   * comes now would be heard later than it shall be; then it is left out, as far as it was made up for.
   */
  step(due: boolean, excessFrames = 0): Step | undefined {
    for (;;) {
      const packet = this.#waiting[0];
      if (!packet || this.#next === undefined) return due ? this.#bridge() : undefined;
      const gap = packet.frame - this.#next;
      if (gap < 0) {
        this.#waiting.shift();
        this.#tooLate(packet);
      } else if (gap === 0 && packet.frames <= Math.min(this.#bridged, excessFrames)) {
        excessFrames -= packet.frames;
        this.#leaveOut(packet);
      } else if (gap === 0) return this.#play(packet);
      else if (this.#silent || gap > JUMP_MS * this.#framesPerMs) this.#lose(gap);
      else if (this.#bridged > 0) this.#bridged -= this.#lose(Math.min(gap, this.#bridged));
      else if (due || this.#waiting.length >= WAITING_PACKETS_MAX) return this.#conceal(gap, packet);
      else return undefined;
    }
  }

  /** The reader takes nothing more: `packet` was to be played and was not, and neither is what waits. */
  drop(packet: LivePacket): void {
    this.counts.played--;
    this.#noteSkipped(packet);
    const last = this.#waiting.at(-1);
    if (last) this.#next = last.frame + last.frames;
    this.#skipWaiting();
    this.fallSilent();
  }

  /** Nothing is left to be heard: what comes next need not join on. */
  fallSilent(): void {
    this.#silent = true;
    this.#bridged = 0;
  }

  #play(packet: LivePacket): Step {
    this.#waiting.shift();
    this.#next = packet.frame + packet.frames;
    this.#bridged = 0;
    this.#silent = false;
    this.counts.played++;
    return { kind: 'play', packet };
  }

  #leaveOut({ frame, frames }: LivePacket): void {
    this.#waiting.shift();
    this.#next = frame + frames;
    this.#bridged -= frames;
    this.counts.late++;
  }

  /** As many frames as a packet has; of shorter ones some. */
  get #pieceFrames(): number {
    const packetFrames = Math.max(this.#packetFrames, 1);
    return packetFrames * Math.ceil((LEAST_PIECE_MS * this.#framesPerMs) / packetFrames);
  }

  /** A piece at a time: what of the gap still comes is still heard. */
  #conceal(gap: number, next: LivePacket): Step {
    const rest = gap % this.#pieceFrames;
    const frames = this.#lose(rest === 0 ? Math.min(gap, this.#pieceFrames) : rest);
    return { kind: 'lost', frames, next: frames === gap ? next : undefined };
  }

  #bridge(): Step | undefined {
    if (this.#silent) return undefined;
    const frames = Math.min(this.#pieceFrames, Math.round(PIECE_MS * this.#framesPerMs));
    if (frames === 0 || this.#bridged + frames > BRIDGE_MS * this.#framesPerMs) {
      this.fallSilent();
      return undefined;
    }
    this.#bridged += frames;
    return { kind: 'bridge', frames };
  }

  #insert(packet: LivePacket): Verdict {
    const at = this.#waiting.findLastIndex(({ frame }) => frame <= packet.frame);
    if (this.#waiting[at]?.frame === packet.frame) {
      this.counts.duplicates++;
      return 'duplicate';
    }
    if (this.#waiting.length >= WAITING_PACKETS_MAX) {
      this.#noteSkipped(packet);
      return 'excess';
    }
    this.#waiting.splice(at + 1, 0, packet);
    return 'taken';
  }

  #tooLate(packet: LivePacket): Verdict {
    if (!this.#lost.take(packet.frame)) {
      this.counts.duplicates++;
      return 'duplicate';
    }
    this.counts.lost--;
    this.counts.late++;
    return 'late';
  }

  /** The next `frames` are given up; as many packets as fit into them count as lost. */
  #lose(frames: number): number {
    const from = this.#next ?? 0;
    const size = Math.max(this.#packetFrames, 1);
    const packets = Math.max(1, Math.round(frames / size));
    this.counts.lost += packets;
    this.#lost.add(from, packets, size);
    this.#next = from + frames;
    return frames;
  }

  /** After an outage, in what has gathered before the live edge. */
  #isStale(nowNs: number, behindNs: number, staleNs: number): boolean {
    if (!this.#silent || behindNs <= staleNs) return false;
    const catchUp = (this.#catchUp ??= {
      untilNs: nowNs + CATCH_UP_MS * 1e6,
      lastNs: nowNs + CATCH_UP_LIMIT_MS * 1e6,
      behindNs,
    });
    if (behindNs < catchUp.behindNs - CATCH_UP_STEP_MS * 1e6) {
      catchUp.behindNs = behindNs;
      catchUp.untilNs = nowNs + CATCH_UP_MS * 1e6;
    }
    return nowNs < Math.min(catchUp.untilNs, catchUp.lastNs);
  }

  #skip(packet: LivePacket): Verdict {
    const gap = packet.frame - (this.#next ?? 0);
    this.#packetFrames = packet.frames;
    if (gap > 0) this.#lose(gap);
    this.#next = packet.frame + packet.frames;
    this.#noteSkipped(packet);
    return 'stale';
  }

  /** Two in a row that are far away, and near each other: the sender is there (the rule of RFC 3550, appendix A.1). */
  #followsStray(packet: LivePacket): boolean {
    const follows =
      this.#strayEnd >= 0 &&
      packet.frame >= this.#strayEnd &&
      packet.frame - this.#strayEnd <= JUMP_MS * this.#framesPerMs;
    this.#strayEnd = packet.frame + packet.frames;
    return follows;
  }

  #restart(packet: LivePacket): void {
    this.#skipWaiting();
    this.#lost.clear();
    this.#next = packet.frame;
    this.#strayEnd = -1;
    this.fallSilent();
  }

  #skipWaiting(): void {
    for (const packet of this.#waiting) this.#noteSkipped(packet);
    this.#waiting = [];
  }

  #noteSkipped({ frames }: LivePacket): void {
    this.counts.skipped++;
    this.counts.skippedFrames += frames;
  }
}
