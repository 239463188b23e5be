/** A slot keeps its fastest point only. Longer than the 160 ms after which 480-frame packets meet 512-frame callbacks again. */
const SLOT_S = 0.25;
/** Slots remembered: 64 s. Temperature moves a quartz by less than 0.5 ppm in that time. */
const SLOTS = 256;
/** How far clocks usually are from what they say (1 σ): what little is known at first is weighed against it. */
const USUAL_SKEW = 200e-6;
/** What is known of a clock from elsewhere is no more believed where it is so many standard errors from what is seen. */
const DOUBT = 4;
/** A clock beyond this is broken; the line does not follow it. */
const SKEW_LIMIT = 1000e-6;
/** Who knows a quartz does not know it better: its temperature changes. */
const QUARTZ_ERROR = 0.5e-6;
/** After a break a clock may be so much warmer or colder than before. */
const RESET_ERROR = 2e-6;
/** A level that so many slots in a row agree on is no jitter: the way has become longer. */
const LIFT_SLOTS = 12;
/** Steps of the level below this are left to the fit. */
const STEP_FLOOR_S = 200e-6;
/** No way is more even than this. */
const SPREAD_FLOOR_S = 10e-6;
/** A hull whose later part is so many standard errors of its slope flatter than its earlier one is bent: a queue drained at first. */
const BENT = 16;
/** So few slots bend by chance. */
const BENT_SLOTS = 12;
/** While the slope is still unknown, a young line moves by itself. */
const YOUNG_SLOTS = 8;
const YOUNG_STEP_FLOOR_S = 3e-3;

/** One clock by another: by so many seconds a second of its own takes longer, and the standard error of that. */
export interface Skew {
  readonly skew: number;
  readonly error: number;
}

/** Of a clock that is `one` by another, which is `other` by a third. */
export const chained = (one: Skew, other: Skew): Skew => ({
  skew: one.skew + other.skew,
  error: Math.hypot(one.error, other.error),
});

export interface LineTerms {
  readonly slotS: number;
  /** Whether the least delay may come to be another, at once and for good: else all that was noted lies on one line. */
  readonly steps: boolean;
  /** The error of few slots counts as larger by this, by the square of their number: where a slot holds little, three may lie on a wrong line by chance. */
  readonly caution: number;
}
const USUAL_TERMS: LineTerms = { slotS: SLOT_S, steps: true, caution: 0 };

/**
 * The straight line on which the fastest of (frame, time) pairs lie: delays only ever add to it, so that its slope is the
 * clock that made the frames, and its height the least delay. Fitted as the lower convex hull's edge above the middle of
 * the window, which of all lines below the points lies nearest to them (S. Moon, P. Skelly, D. Towsley, "Estimation and
 * Removal of Clock Skew from Network Delay Measurements", 1999). A step of the least delay moves the remembered points
 * with it and leaves the slope alone. Nothing is allocated after construction; a note costs nanoseconds, a slot's end
 * some microseconds.
 */
export class FastestLine {
  readonly #rate: number;
  readonly #slotS: number;
  readonly #steps: boolean;
  readonly #caution: number;
  readonly #us = new Float64Array(SLOTS);
  readonly #vs = new Float64Array(SLOTS);
  readonly #hull = new Int32Array(SLOTS);
  #count = 0;
  /** Where the next slot goes, over the oldest. */
  #next = 0;
  /** First pair: u is nominal seconds since `frame0`, v the seconds by which time has run ahead of u. */
  #frame0 = 0;
  #time0Ns = 0;
  #slotStartS = 0;
  #slotU = 0;
  #slotV = Infinity;
  #slope = 0;
  #slopeError = USUAL_SKEW;
  #expectedSlope = 0;
  #expectedError = USUAL_SKEW;
  /** v of the line at u = 0. */
  #height = 0;
  /** By how much the slots' points lie above the line, in the mean. */
  #spreadS = 0;
  #above = 0;
  #leastAboveS = Infinity;
  #liftedS = 0;

  constructor(rate: number, { slotS, steps, caution }: LineTerms = USUAL_TERMS) {
    this.#rate = rate;
    this.#slotS = slotS;
    this.#steps = steps;
    this.#caution = caution;
  }

  /** Nothing was noted yet: there is no line. */
  get empty(): boolean {
    return this.#slotV === Infinity;
  }

  /** What is known of the clock from elsewhere. Pairs are believed more the better they know it, or where they say otherwise. */
  expect({ skew, error }: Skew): void {
    this.#expectedSlope = bounded(skew);
    this.#expectedError = Math.min(Math.hypot(error, QUARTZ_ERROR), USUAL_SKEW);
  }

  /** As seen and expected. */
  get skew(): Skew {
    return { skew: this.#slope, error: this.#slopeError };
  }

  /** Forgets all but the clock's rate: the same quartz goes on. */
  reset(): void {
    this.#expectedSlope = this.#slope;
    this.#expectedError = Math.min(USUAL_SKEW, Math.hypot(this.#slopeError, RESET_ERROR));
    this.#slotV = Infinity;
    this.#count = 0;
    this.#next = 0;
    this.#spreadS = 0;
    this.#above = 0;
    this.#leastAboveS = Infinity;
  }

  /** `frame` was seen at `timeNs`. How much later than the line, in ns: below 0 where it is faster than all before. */
  note(frame: number, timeNs: number): number {
    if (this.empty) this.#begin(frame, timeNs);
    const u = (frame - this.#frame0) / this.#rate;
    if (u >= this.#slotStartS + this.#slotS) this.#endSlot(u);
    const v = (timeNs - this.#time0Ns) / 1e9 - u;
    const above = v - (this.#height + this.#slope * u);
    if (u >= this.#slotStartS && v - this.#slope * u < this.#slotV - this.#slope * this.#slotU) {
      this.#slotU = u;
      this.#slotV = v;
      // Before the first slot is complete, its fastest point is all there is.
      if (this.#count === 0) this.#height = v - this.#slope * u;
    }
    return above * 1e9;
  }

  /** What makes the frames stood still, and goes on with this pair: the line moves there, its slope stays. For how many ns it stood. */
  resume(frame: number, timeNs: number): number {
    if (this.empty) this.#begin(frame, timeNs);
    const stoodNs = timeNs - this.timeNsOf(frame);
    this.#shift(stoodNs / 1e9, this.#count);
    this.#slotStartS = (frame - this.#frame0) / this.#rate;
    this.#slotV = Number.MAX_VALUE;
    this.#above = 0;
    this.note(frame, timeNs);
    return stoodNs;
  }

  /** By so many ns the line has come to lie later, all in all, because nothing was as fast as it any more. */
  get liftedNs(): number {
    return this.#liftedS * 1e9;
  }

  /** Time of a frame on the line. */
  timeNsOf(frame: number): number {
    const u = (frame - this.#frame0) / this.#rate;
    return this.#time0Ns + (u + this.#height + this.#slope * u) * 1e9;
  }

  /** The frame that the line has at a time. */
  frameAt(timeNs: number): number {
    const u = ((timeNs - this.#time0Ns) / 1e9 - this.#height) / (1 + this.#slope);
    return this.#frame0 + u * this.#rate;
  }

  get nsPerFrame(): number {
    return (1e9 * (1 + this.#slope)) / this.#rate;
  }

  /** Frames a second, as measured. */
  get frameRate(): number {
    return this.#rate / (1 + this.#slope);
  }

  #begin(frame: number, timeNs: number): void {
    this.#frame0 = frame;
    this.#time0Ns = timeNs;
    this.#slotStartS = 0;
    this.#slotU = 0;
    this.#slotV = 0;
    this.#height = 0;
    this.#slope = this.#expectedSlope;
    this.#slopeError = this.#expectedError;
  }

  #endSlot(u: number): void {
    this.#judge();
    this.#us[this.#next] = this.#slotU;
    this.#vs[this.#next] = this.#slotV;
    this.#next = (this.#next + 1) % SLOTS;
    this.#count = Math.min(this.#count + 1, SLOTS);
    this.#fit();
    this.#slotStartS = u;
    this.#slotU = u;
    this.#slotV = Number.MAX_VALUE;
  }

  /** What a slot's fastest point tells of the line. */
  #judge(): void {
    const above = this.#slotV - (this.#height + this.#slope * this.#slotU);
    if (this.#steps) this.#step(above);
    const usual = this.#steps ? 4 * this.#spreadS + this.#stepFloorS : Infinity;
    this.#spreadS += (Math.min(Math.abs(above), usual) - this.#spreadS) / Math.min(this.#count + 1, 64);
  }

  /** Tells a step of the least delay from jitter, and takes what is remembered along. */
  #step(above: number): void {
    if (above < -Math.max(this.#stepFloorS, 3 * this.#spreadS)) this.#shift(above, this.#count);
    const liftS = Math.max(this.#stepFloorS, 1.5 * this.#spreadS);
    this.#above = above > liftS ? this.#above + 1 : 0;
    this.#leastAboveS = this.#above > 1 ? Math.min(this.#leastAboveS, above) : above;
    if (this.#above >= LIFT_SLOTS) {
      // The slots since the step stay where they are: they are on the new level already.
      this.#shift(this.#leastAboveS, this.#count - (LIFT_SLOTS - 1));
      this.#liftedS += this.#leastAboveS;
      this.#above = 0;
    }
  }

  get #stepFloorS(): number {
    return this.#count < YOUNG_SLOTS ? YOUNG_STEP_FLOOR_S : STEP_FLOOR_S;
  }

  /** Moves the line and the oldest `points` by `byS`. */
  #shift(byS: number, points: number): void {
    this.#height += byS;
    const oldest = this.#next - this.#count + SLOTS;
    for (let i = 0; i < points; i++) {
      const at = (oldest + i) % SLOTS;
      this.#vs[at] = this.#v(at) + byS;
    }
  }

  #fit(): void {
    let corners = this.#findHull();
    while (this.#steps && this.#isBent(corners)) {
      this.#count >>= 1;
      corners = this.#findHull();
    }
    if (corners > 1) this.#weigh(corners);
    let height = Infinity;
    for (let i = 0; i < corners; i++) {
      const at = this.#hull[i] ?? 0;
      height = Math.min(height, this.#v(at) - this.#slope * this.#u(at));
    }
    this.#height = height;
  }

  /**
   * A queue that drains is no clock that runs fast, though each packet comes sooner after the one before: its early points lie on no line
   * with the later ones.
   */
  #isBent(corners: number): boolean {
    // A way that has become longer bends it too, and is a step.
    if (corners < 3 || this.#count < BENT_SLOTS || this.#above > 0) return false;
    const bend = this.#slopeOf(corners, 0.625, 0.875) - this.#slopeOf(corners, 0.125, 0.375);
    return bend > BENT * this.#errorOf(corners);
  }

  /** Of the hull, from one part of its length to another. */
  #slopeOf(corners: number, from: number, to: number): number {
    const firstS = this.#u(this.#hull[0] ?? 0);
    const lengthS = this.#lengthOf(corners);
    const rise = this.#hullAt(corners, firstS + to * lengthS) - this.#hullAt(corners, firstS + from * lengthS);
    return rise / ((to - from) * lengthS);
  }

  /** Standard error of its slope: it falls with the number of points and with their length. */
  #errorOf(corners: number): number {
    const others = this.#count - 1;
    const even = (2 * Math.max(this.#spreadS, SPREAD_FLOOR_S)) / (Math.sqrt(others) * this.#lengthOf(corners));
    return even * (1 + this.#caution / others ** 2);
  }

  #lengthOf(corners: number): number {
    return this.#u(this.#hull[corners - 1] ?? 0) - this.#u(this.#hull[0] ?? 0);
  }

  /** What the hull's middle half says against what is expected. */
  #weigh(corners: number): void {
    const seen = this.#slopeOf(corners, 0.25, 0.75);
    const error = this.#errorOf(corners);
    if (Math.abs(seen) > SKEW_LIMIT) return this.#believe(this.#expectedSlope, this.#expectedError);
    const doubtful = Math.abs(seen - this.#expectedSlope) > DOUBT * Math.hypot(error, this.#expectedError);
    const expected = doubtful ? 0 : this.#expectedSlope;
    const expectedError = doubtful ? USUAL_SKEW : this.#expectedError;
    const trust = expectedError ** 2 / (expectedError ** 2 + error ** 2);
    this.#believe(expected + (seen - expected) * trust, error * Math.sqrt(trust));
  }

  #believe(slope: number, error: number): void {
    this.#slope = slope;
    this.#slopeError = error;
  }

  /** The lower hull of the slots from the oldest on (A. M. Andrew's monotone chain); how many corners it has. */
  #findHull(): number {
    const hull = this.#hull;
    const oldest = this.#next - this.#count + SLOTS;
    let corners = 0;
    for (let i = 0; i < this.#count; i++) {
      const at = (oldest + i) % SLOTS;
      while (corners > 1 && this.#isAbove(hull[corners - 2] ?? 0, hull[corners - 1] ?? 0, at)) corners--;
      hull[corners++] = at;
    }
    return corners;
  }

  /** `b` lies on or above the straight line from `a` to `c`. */
  #isAbove(a: number, b: number, c: number): boolean {
    const u = this.#u(a);
    const v = this.#v(a);
    return (this.#v(b) - v) * (this.#u(c) - u) >= (this.#v(c) - v) * (this.#u(b) - u);
  }

  /** v of the hull at `u`, which lies between its ends. */
  #hullAt(corners: number, u: number): number {
    let right = 1;
    while (right < corners - 1 && this.#u(this.#hull[right] ?? 0) < u) right++;
    const a = this.#hull[right - 1] ?? 0;
    const b = this.#hull[right] ?? 0;
    return this.#v(a) + ((this.#v(b) - this.#v(a)) / (this.#u(b) - this.#u(a))) * (u - this.#u(a));
  }

  #u(at: number): number {
    return this.#us[at] ?? 0;
  }

  #v(at: number): number {
    return this.#vs[at] ?? 0;
  }
}

const bounded = (skew: number): number => Math.max(-SKEW_LIMIT, Math.min(SKEW_LIMIT, skew));
