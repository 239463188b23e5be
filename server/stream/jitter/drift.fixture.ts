import { FastestLine } from '../../engine/drift/fastest-line.js';
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

export interface DriftTerms {
  readonly network: Network;
  readonly purpose: JitterPurpose;
  /** The sender's clock against the device's. */
  readonly ppm: number;
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
/** Temperature moves the sender's quartz: half a ppm up and down in twenty minutes. */
const WANDER = 0.5e-6;
const WANDER_S = 1200;
/** The engine's thread is woken so much too late, evenly spread. */
const LATENESS_MS = 0.3;

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

/** Packets on their way, in the order in which they come. */
class Way {
  readonly #network: Network;
  readonly #random: () => number;
  readonly #coming: { endFrame: number; atS: number }[] = [];

  constructor(network: Network, random: () => number) {
    this.#network = network;
    this.#random = random;
  }

  send(endFrame: number, atS: number): void {
    const { jitterMs, spikes, spikeMs, loss } = this.#network;
    const random = this.#random;
    const delayMs = jitterMs * random() + (random() < spikes ? spikeMs * random() : 0);
    if (random() < loss) return;
    const packet = { endFrame, atS: atS + delayMs / 1e3 };
    let place = this.#coming.length;
    while (place > 0 && (this.#coming[place - 1]?.atS ?? 0) > packet.atS) place--;
    this.#coming.splice(place, 0, packet);
  }

  /** The next packet that is here by then. */
  take(untilS: number): { endFrame: number; atS: number } | undefined {
    const first = this.#coming[0];
    return first && first.atS <= untilS ? this.#coming.shift() : undefined;
  }
}

/**
 * A sender with a wandering clock, a network, the jitter buffer's arithmetic and the engine's rate loop, in simulated time: all of
 * a live stream but its samples. The device's clock is the truth, its thread is late now and then.
 */
export function simulateDrift({ network, purpose, ppm, hours, seed, blockMs }: DriftTerms): DriftOutcome {
  const random = seeded(seed);
  const way = new Way(network, random);
  const sender = new SenderLine(RATE);
  const delays = new ArrivalDelays(purpose);
  const device = new FastestLine(RATE);
  const loop = new RateLoop();
  const blockS = blockMs / 1e3;
  const blockFrames = RATE * blockS;
  let sentFrame = 0;
  let sendS = random() * blockS;
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
    const skew = ppm * 1e-6 + WANDER * Math.sin((2 * Math.PI * dueS) / WANDER_S);
    for (; sendS <= nowS; sendS += blockS / (1 + skew)) way.send((sentFrame += blockFrames), sendS);
    for (let packet = way.take(nowS); packet; packet = way.take(nowS)) {
      delays.note(sender.note(packet.endFrame, packet.atS * 1e9), packet.atS * 1e3);
      if (readFrame === undefined || packet.endFrame - blockFrames >= readFrame) continue;
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
    const offPpm = Math.abs(ratio - 1 - skew) * 1e6;
    if (dueS < 120 && offPpm > STEADY_PPM) lockedS = dueS;
    if (dueS >= 10) worstPpm = Math.max(worstPpm, offPpm);
    if (dueS >= 60) worstLaterPpm = Math.max(worstLaterPpm, offPpm);
  }
  const glided = glidedBlocks / blocks;
  const delayMs = delayS * 1e3;
  return { latePackets, lateAtFirst, lockedS, worstPpm, worstLaterPpm, largestStepPpm, glided, delayMs };
}
