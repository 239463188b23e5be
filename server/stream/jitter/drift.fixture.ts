import { ClockSkew } from '../../engine/drift/clock-skew.js';
import { FastestLine, type Skew } from '../../engine/drift/fastest-line.js';
import { RateLoop } from '../../engine/drift/rate-loop.js';
import { ArrivalDelays, type JitterPurpose } from './arrival-delays.js';
import { SenderLine } from './sender-line.js';

/** What a way does to packets; delays beyond the fastest, evenly spread and bounded. */
export interface Network {
  readonly jitterMs: number;
  /** Share of the packets that come up to `spikeMs` later still. */
  readonly spikes: number;
  readonly spikeMs: number;
  readonly loss: number;
}

export const NETWORKS = {
  LAN: { jitterMs: 0.5, spikes: 0.002, spikeMs: 3, loss: 0 },
  'good Wi-Fi': { jitterMs: 3, spikes: 0.01, spikeMs: 15, loss: 0 },
  'bad Wi-Fi': { jitterMs: 20, spikes: 0.005, spikeMs: 20, loss: 0.01 },
} as const satisfies Readonly<Record<string, Network>>;

/** Clocks of the host on which a page runs. */
export interface Host {
  /** Its sound's clock against the device's. */
  readonly ppm: number;
  /** Its monotonic clock against the server's. */
  readonly hostPpm: number;
  /** performance.now() is rounded down to this. */
  readonly grainMs: number;
  /** How long the page was connected before its sound began. */
  readonly metS: number;
  /** What an earlier visit of the page left of the two hosts' clocks. */
  readonly remembered?: Skew;
}

export interface DriftTerms extends Host {
  readonly network: Network;
  readonly purpose: JitterPurpose;
  readonly hours: number;
  readonly seed: number;
  /** Packet and quantum. */
  readonly blockMs: number;
}

export interface DriftOutcome {
  /** Packets that came after their sound had been due, but for the first ten seconds. */
  readonly latePackets: number;
  readonly lateAtFirst: number;
  /** After this time the ratio stayed within 5 ppm of the truth for a minute, glides apart. */
  readonly lockedS: number;
  /** From 10 s, and from 60 s on. */
  readonly worstPpm: number;
  readonly worstLaterPpm: number;
  /** Largest step of the ratio from one quantum to the next. */
  readonly largestStepPpm: number;
  /** Share of the time that the delay was glided to another. */
  readonly glided: number;
  /** From the fastest packet to the mix, at the end. */
  readonly delayMs: number;
}

const RATE = 48_000;
const STEADY_PPM = 5;
/** Temperature moves a quartz: half a ppm up and down in twenty minutes. */
const WANDER = 0.5e-6;
const WANDER_S = 1200;
/** The engine's thread is woken so much too late, evenly spread; a page's worker too, and one time in fifty more. */
const LATENESS_MS = 0.3;
const HELD_UP = 0.02;
const HELD_UP_MS = 2;
/** As a page exchanges and stamps (web/session, web/stream/send). */
const EXCHANGE_S = 0.4;
const TOLD_EACH = 8;

/** T. Ettinger's mulberry32: the same numbers for the same seed, everywhere. */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface SentPacket {
  readonly endFrame: number;
  readonly atS: number;
  /** What the page says of its sound's clock, on some packets. */
  readonly told: Skew | undefined;
}

/** Packets on their way, in the order in which they come. */
class Way {
  readonly #network: Network;
  readonly #random: () => number;
  readonly #coming: SentPacket[] = [];

  constructor(network: Network, random: () => number) {
    this.#network = network;
    this.#random = random;
  }

  delayS(): number {
    const { jitterMs, spikes, spikeMs } = this.#network;
    const random = this.#random;
    return (jitterMs * random() + (random() < spikes ? spikeMs * random() : 0)) / 1e3;
  }

  send(packet: SentPacket): void {
    const sent = { ...packet, atS: packet.atS + this.delayS() };
    if (this.#random() < this.#network.loss) return;
    let place = this.#coming.length;
    while (place > 0 && (this.#coming[place - 1]?.atS ?? 0) > sent.atS) place--;
    this.#coming.splice(place, 0, sent);
  }

  /** The next packet that is here by then. */
  take(untilS: number): SentPacket | undefined {
    const first = this.#coming[0];
    return first && first.atS <= untilS ? this.#coming.shift() : undefined;
  }
}

/** A page that speaks: its worker is woken when its sound's clock has made a block, late; and it keeps the clocks together. */
class Page {
  readonly #terms: DriftTerms;
  readonly #random: () => number;
  readonly #way: Way;
  readonly #line = new FastestLine(RATE);
  readonly #clocks: ClockSkew;
  readonly #blockFrames: number;
  #blocks = 0;
  #sentFrame = 0;
  #nextS: number;
  #exchangeS: number;

  constructor(terms: DriftTerms, way: Way, random: () => number) {
    this.#terms = terms;
    this.#clocks = new ClockSkew(terms.remembered);
    this.#way = way;
    this.#random = random;
    this.#blockFrames = (RATE * terms.blockMs) / 1e3;
    this.#nextS = (random() * terms.blockMs) / 1e3;
    this.#exchangeS = -terms.metS;
  }

  /** Seconds of its sound's clock in one of the device's, less one. */
  skewAt(atS: number): number {
    return this.#terms.ppm * 1e-6 + WANDER * Math.sin((2 * Math.PI * atS) / WANDER_S);
  }

  get #told(): Skew {
    const sound = this.#line.skew;
    const host = this.#clocks.skew;
    return { skew: sound.skew + host.skew, error: Math.hypot(sound.error, host.error) };
  }

  runTo(untilS: number): void {
    while (this.#exchangeS < untilS) this.#exchange();
    for (; this.#nextS <= untilS; this.#nextS += this.#terms.blockMs / 1e3 / (1 + this.skewAt(this.#nextS)))
      this.#speak();
  }

  #speak(): void {
    const random = this.#random;
    const held = random() < HELD_UP ? HELD_UP_MS : LATENESS_MS;
    const atS = this.#nextS + (held * random()) / 1e3;
    this.#sentFrame += this.#blockFrames;
    this.#line.note(this.#sentFrame, this.#nowMs(atS) * 1e6);
    const told = this.#blocks++ % TOLD_EACH === 0 ? this.#told : undefined;
    this.#way.send({ endFrame: this.#sentFrame, atS, told });
  }

  #exchange(): void {
    const t1S = this.#exchangeS;
    const t2S = t1S + this.#way.delayS();
    const t4S = t2S + this.#way.delayS() + (LATENESS_MS * this.#random()) / 1e3;
    const [t1Us, t4Us] = [this.#nowMs(t1S) * 1e3, this.#nowMs(t4S) * 1e3];
    this.#clocks.note({ t1Us, t2Us: t2S * 1e6, t3Us: t2S * 1e6, t4Us });
    this.#exchangeS = t4S + EXCHANGE_S;
  }

  /** performance.now() */
  #nowMs(atS: number): number {
    const { hostPpm, grainMs } = this.#terms;
    const ms = 1e6 + atS * 1e3 * (1 + hostPpm * 1e-6);
    return Math.floor(ms / grainMs) * grainMs;
  }
}

/**
 * A sender with a wandering clock, a network, the jitter buffer's arithmetic and the engine's rate loop, in simulated time: all of
 * a live stream but its samples. The device's clock is the truth, its thread is late now and then.
 */
export function simulateDrift(terms: DriftTerms): DriftOutcome {
  const { network, purpose, hours, seed, blockMs } = terms;
  const random = seeded(seed);
  const way = new Way(network, random);
  const page = new Page(terms, way, random);
  const sender = new SenderLine(RATE);
  const delays = new ArrivalDelays(purpose);
  const device = new FastestLine(RATE);
  const loop = new RateLoop();
  const blockS = blockMs / 1e3;
  const blockFrames = RATE * blockS;
  let readFrame: number | undefined;
  let ratio = 1;
  let latePackets = 0;
  let lateAtFirst = 0;
  let lockedS = 0;
  let worstPpm = 0;
  let worstLaterPpm = 0;
  let largestStepPpm = 0;
  let glidedBlocks = 0;
  let delayS = 0;
  const blocks = (hours * 3600) / blockS;
  for (let block = 0; block < blocks; block++) {
    const dueS = block * blockS;
    const nowS = dueS + (LATENESS_MS / 1e3) * random();
    page.runTo(nowS);
    for (let packet = way.take(nowS); packet; packet = way.take(nowS)) {
      const { endFrame, atS, told } = packet;
      if (told) sender.told(told);
      delays.note(sender.note(endFrame, atS * 1e9), atS * 1e3);
      if (readFrame === undefined || endFrame - blockFrames >= readFrame) continue;
      if (dueS < 10) lateAtFirst++;
      else latePackets++;
    }
    device.note(block * blockFrames, nowS * 1e9);
    if (sender.empty) continue;
    const steadyNs = device.timeNsOf(block * blockFrames);
    const targetFrames = delays.targetMs * (RATE / 1e3) + blockFrames;
    const lineFrame = sender.frameAt(steadyNs);
    if (readFrame === undefined) {
      if (lineFrame - targetFrames - blockFrames >= 0) readFrame = lineFrame - targetFrames - blockFrames;
      else continue;
    }
    delayS = (lineFrame - readFrame) / RATE;
    const next = loop.update(
      delayS,
      (targetFrames + blockFrames) / RATE,
      device.nsPerFrame / sender.nsPerFrame,
      blockS,
    );
    if (dueS > 1) largestStepPpm = Math.max(largestStepPpm, Math.abs(next - ratio) * 1e6);
    ratio = next;
    readFrame += blockFrames * ratio;
    if (loop.gliding) {
      glidedBlocks++;
      continue;
    }
    const offPpm = Math.abs(ratio - 1 - page.skewAt(dueS)) * 1e6;
    if (dueS < 120 && offPpm > STEADY_PPM) lockedS = dueS;
    if (dueS >= 10) worstPpm = Math.max(worstPpm, offPpm);
    if (dueS >= 60) worstLaterPpm = Math.max(worstLaterPpm, offPpm);
  }
  const glided = glidedBlocks / blocks;
  const delayMs = delayS * 1e3;
  return { latePackets, lateAtFirst, lockedS, worstPpm, worstLaterPpm, largestStepPpm, glided, delayMs };
}
