/** Frames that did not come, though later ones did (Missing on the wire). */
export interface MissingFrames {
  readonly fromFrame: number;
  /** After the last. */
  readonly toFrame: number;
  /** What is sent again comes too late: better everything twice, or with parity. */
  readonly twice: boolean;
}

/** A packet as it came. */
export interface ArrivedPacket {
  readonly frame: number;
  readonly frames: number;
  /** Sent again, because it was asked for. */
  readonly again: boolean;
  /** It did not come at all: it was made of others and their parity. */
  readonly mended?: boolean;
  /** It came soon enough to be heard. */
  readonly inTime: boolean;
  /** It did not, but the next one that takes so long will. */
  readonly awaitedNext?: boolean;
}

interface Hole {
  readonly from: number;
  readonly to: number;
  readonly sinceMs: number;
  asks: number;
  askedMs: number;
}

/** Nobody keeps packets for longer (SentPackets); a longer gap is an outage. */
const LIFE_MS = 300;
const ASKS_MAX = 3;
const HOLES_MAX = 64;
/** Asked for at most: so much of what comes, and so many at once. Packets that are merely late are asked for in vain. */
const ASKED_SHARE = 0.25;
const ASKED_AT_ONCE = 16;
/** Before any answer was timed, the next ask follows after this; never sooner than LEAST_RETRY_MS. */
const FIRST_RETRY_MS = 80;
const LEAST_RETRY_MS = 10;
/** Two losses that asking did not mend, no further apart than this, and with the next one everything is wanted twice. */
const TROUBLE_MS = 10_000;

/**
 * What a receiver asks for a second time. It asks at once: a packet that was only overtaken costs a few bytes then, a lost
 * one is here one round trip after its follower. How long to wait for the answer is learnt as TCP learns it (RFC 6298).
 */
export class MissingPackets {
  /** Packets that came because they were asked for, or were made of others, in time. */
  recovered = 0;
  readonly #framesPerMs: number;
  #holes: Hole[] = [];
  /** After the newest frame that came. */
  #end: number | undefined;
  #credit = ASKED_AT_ONCE;
  #answerMs: number | undefined;
  #answerSpreadMs = 0;
  #troubleMs = -Infinity;
  #troubleBeforeMs = -Infinity;

  constructor(rate: number) {
    this.#framesPerMs = rate / 1000;
  }

  /** A packet came, in any order; what is to be asked for now. */
  note(packet: ArrivedPacket, nowMs: number): MissingFrames[] {
    const { frame, frames } = packet;
    const end = this.#end ?? frame;
    this.#credit = Math.min(ASKED_AT_ONCE, this.#credit + ASKED_SHARE);
    this.#forget(nowMs);
    if (frame < end) this.#fill(packet, nowMs);
    else {
      const gap = frame - end;
      const lost = gap > 0 && gap <= LIFE_MS * this.#framesPerMs && this.#holes.length < HOLES_MAX;
      if (lost) this.#holes.push({ from: end, to: frame, sinceMs: nowMs, asks: 0, askedMs: 0 });
      this.#end = frame + frames;
      // Made before anything showed that it was missing.
      if (packet.mended && packet.inTime) this.recovered++;
    }
    return this.#asks(frames, nowMs);
  }

  /** It came before, or is not waited for any more. */
  has({ frame, frames }: Pick<ArrivedPacket, 'frame' | 'frames'>): boolean {
    return frame < (this.#end ?? frame) && !this.#holeAt(frame, frames);
  }

  /** The stream goes on elsewhere. */
  reset(): void {
    this.#holes = [];
    this.#end = undefined;
  }

  #asks(packetFrames: number, nowMs: number): MissingFrames[] {
    const asked: MissingFrames[] = [];
    for (const hole of this.#holes) {
      const packets = Math.ceil((hole.to - hole.from) / packetFrames);
      const due = hole.asks === 0 || (hole.asks < ASKS_MAX && nowMs - hole.askedMs >= this.#retryMs);
      if (!due || packets > this.#credit) continue;
      this.#credit -= packets;
      hole.asks++;
      hole.askedMs = nowMs;
      asked.push({ fromFrame: hole.from, toFrame: hole.to, twice: this.#isTroubled(nowMs) });
    }
    return asked;
  }

  #fill({ frame, frames, again, mended = false, inTime, awaitedNext = false }: ArrivedPacket, nowMs: number): void {
    const hole = this.#holeAt(frame, frames);
    if (!hole) return;
    if (again) {
      // Of two asks nobody knows which was answered.
      if (hole.asks === 1) this.#time(nowMs - hole.askedMs);
      if (!inTime && !awaitedNext) this.#noteTrouble(nowMs);
    }
    if ((again || mended) && inTime) this.recovered++;
    const rest = [
      { ...hole, to: Math.min(hole.to, frame) },
      { ...hole, from: Math.max(hole.from, frame + frames) },
    ];
    this.#holes.splice(this.#holes.indexOf(hole), 1, ...rest.filter(({ from, to }) => from < to));
  }

  #holeAt(frame: number, frames: number): Hole | undefined {
    return this.#holes.find(({ from, to }) => from < frame + frames && frame < to);
  }

  #isTroubled(nowMs: number): boolean {
    return nowMs - this.#troubleMs < TROUBLE_MS && this.#troubleMs - this.#troubleBeforeMs < TROUBLE_MS;
  }

  #noteTrouble(nowMs: number): void {
    this.#troubleBeforeMs = this.#troubleMs;
    this.#troubleMs = nowMs;
  }

  #forget(nowMs: number): void {
    const kept = this.#holes.filter(({ sinceMs }) => nowMs - sinceMs < LIFE_MS);
    if (kept.length < this.#holes.length) this.#noteTrouble(nowMs);
    this.#holes = kept;
  }

  get #retryMs(): number {
    if (this.#answerMs === undefined) return FIRST_RETRY_MS;
    return Math.max(LEAST_RETRY_MS, this.#answerMs + 4 * this.#answerSpreadMs);
  }

  #time(answerMs: number): void {
    if (this.#answerMs === undefined) {
      this.#answerMs = answerMs;
      this.#answerSpreadMs = answerMs / 2;
      return;
    }
    this.#answerSpreadMs += (Math.abs(answerMs - this.#answerMs) - this.#answerSpreadMs) / 4;
    this.#answerMs += (answerMs - this.#answerMs) / 8;
  }
}
