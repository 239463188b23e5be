/** A packet whose bytes may be needed to find another one's. */
interface Known {
  readonly frame: number;
  readonly frames: number;
  readonly data: Uint8Array;
}

/** Packets that a hearer remembers: what parity is about came just before it. */
const REMEMBERED_PACKETS = 8;

const xored = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0));

/**
 * The sender's side: two packets that follow on each other, of the same length in frames and in bytes, and their parity with
 * the next one. Half as many bytes as everything twice, no packet more, and a lost one is there one or two packets later.
 */
export class ParityMaker {
  #pair: Pick<Known, 'frame' | 'data'>[] = [];

  /** What goes along with this packet: of the pair before it; undefined where that is none, or was told before. */
  next(packet: Pick<Known, 'frame' | 'data'>): Uint8Array | undefined {
    const [first, second] = this.#pair;
    if (!first || !second) {
      this.#pair.push(packet);
      return undefined;
    }
    this.#pair = [packet];
    const even = second.frame - first.frame === packet.frame - second.frame;
    return even && first.data.length === second.data.length ? xored(first.data, second.data) : undefined;
  }
}

/** The hearer's side: what came lately, and what of the two packets before a parity can be made of the other. */
export class ParityMender {
  #known: Known[] = [];

  note({ frame, frames, data }: Known): void {
    // Whoever decodes it may write into it.
    this.#known.push({ frame, frames, data: data.slice() });
    if (this.#known.length > REMEMBERED_PACKETS) this.#known.shift();
  }

  /** The one of the two packets before `frame` that did not come; undefined where both did, or none. */
  mend(frame: number, parity: Uint8Array): Known | undefined {
    const second = this.#known.find((known) => known.frame + known.frames === frame);
    const first = this.#known.find((known) => known.frame + 2 * known.frames === frame);
    const other = first ?? second;
    if (!other || (first && second) || other.data.length !== parity.length) return undefined;
    const { frames } = other;
    return { frame: first ? frame - frames : frame - 2 * frames, frames, data: xored(other.data, parity) };
  }
}
