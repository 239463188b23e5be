/** How a meter moves: up at once, down at a steady pace, so that the eye can follow. Levels in, dBFS out. */

const FALL_DB_PER_S = 26;
/** RMS follows with the time constant of a VU meter's needle. */
const RMS_MS = 300;
const HOLD_MS = 1500;
const CLIP_MS = 2500;
/** Without news for so long, there is nothing to hear. */
const FRESH_MS = 250;
/** Full scale, but for the rounding of 16 bit. */
const CLIP_LEVEL = 0.9999;
const SILENT_DB = -120;

export interface ChannelMeter {
  peakDb: number;
  rmsDb: number;
  holdDb: number;
  holdUntilMs: number;
  clipUntilMs: number;
  /** What the RMS moves towards: linear, squared. */
  targetSquare: number;
  freshUntilMs: number;
  square: number;
}

export function newChannelMeter(): ChannelMeter {
  return {
    peakDb: SILENT_DB,
    rmsDb: SILENT_DB,
    holdDb: SILENT_DB,
    holdUntilMs: 0,
    clipUntilMs: 0,
    targetSquare: 0,
    freshUntilMs: 0,
    square: 0,
  };
}

const toDb = (level: number): number => Math.max(SILENT_DB, 20 * Math.log10(level));

/** Takes the peak and RMS (linear) of the time since the last call. */
export function feed(meter: ChannelMeter, peak: number, rms: number, nowMs: number): void {
  const peakDb = toDb(peak);
  meter.peakDb = Math.max(meter.peakDb, peakDb);
  meter.targetSquare = rms * rms;
  meter.freshUntilMs = nowMs + FRESH_MS;
  if (peakDb >= meter.holdDb) {
    meter.holdDb = peakDb;
    meter.holdUntilMs = nowMs + HOLD_MS;
  }
  if (peak >= CLIP_LEVEL) meter.clipUntilMs = nowMs + CLIP_MS;
}

/** Lets `elapsedMs` pass. */
export function settle(meter: ChannelMeter, elapsedMs: number, nowMs: number): void {
  const fall = (FALL_DB_PER_S * elapsedMs) / 1000;
  meter.peakDb = Math.max(SILENT_DB, meter.peakDb - fall);
  const target = nowMs > meter.freshUntilMs ? 0 : meter.targetSquare;
  meter.square += (target - meter.square) * (1 - Math.exp(-elapsedMs / RMS_MS));
  meter.rmsDb = toDb(Math.sqrt(meter.square));
  if (nowMs > meter.holdUntilMs) meter.holdDb = Math.max(meter.peakDb, meter.holdDb - fall);
}

/** Breakpoints of IEC 60268-18: dBFS and the share of the scale that it stands at. */
const SCALE: readonly (readonly [db: number, share: number])[] = [
  [-70, 0],
  [-60, 0.025],
  [-50, 0.075],
  [-40, 0.15],
  [-30, 0.3],
  [-20, 0.5],
  [0, 1],
];

/** Where `db` stands on the scale, 0..1. */
export function scaleShare(db: number): number {
  let [lowDb, lowShare] = SCALE[0] ?? [0, 0];
  for (const [highDb, highShare] of SCALE) {
    if (db <= highDb)
      return db <= lowDb ? lowShare : lowShare + ((db - lowDb) / (highDb - lowDb)) * (highShare - lowShare);
    [lowDb, lowShare] = [highDb, highShare];
  }
  return 1;
}
