/** Packets of one length that follow each other. */
interface Places {
  readonly from: number;
  readonly to: number;
  readonly packetFrames: number;
}

/** The oldest are forgotten. */
const RANGES_MAX = 64;

/** Where lost packets began, as ranges in their order: a gap of any length costs as little as a packet. */
export class LostPlaces {
  #ranges: Places[] = [];

  /** So many packets of `packetFrames` from frame `from` on: behind all that were added before. */
  add(from: number, packets: number, packetFrames: number): void {
    const last = this.#ranges.at(-1);
    const joins = last?.to === from && last.packetFrames === packetFrames;
    const range = { from: joins ? last.from : from, to: from + packets * packetFrames, packetFrames };
    if (joins) this.#ranges.pop();
    this.#ranges.push(range);
    this.#forget();
  }

  /** A lost packet's place is at `frame`: it is none any more. */
  take(frame: number): boolean {
    const at = this.#ranges.findLastIndex(({ from }) => from <= frame);
    const range = this.#ranges[at];
    if (!range || frame >= range.to || (frame - range.from) % range.packetFrames !== 0) return false;
    const rest = [
      { ...range, to: frame },
      { ...range, from: frame + range.packetFrames },
    ];
    this.#ranges.splice(at, 1, ...rest.filter(({ from, to }) => from < to));
    this.#forget();
    return true;
  }

  clear(): void {
    this.#ranges = [];
  }

  #forget(): void {
    if (this.#ranges.length > RANGES_MAX) this.#ranges.shift();
  }
}
