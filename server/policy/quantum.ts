const SMALLEST = 64;
const LARGEST = 4096;
const NO_WISH = 512;
/** Without real-time scheduling a smaller quantum would only buy gaps. */
const SMALLEST_WITHOUT_REALTIME = 256;

export interface QuantumWish {
  /** The latencies that the output's streams asked for, in frames at the output's rate; 0 is no wish. */
  wantedFrames: Iterable<number>;
  realtime: boolean;
  /** Given by the device spec: nothing but the device itself has a say then. */
  fixedFrames?: number | undefined;
  /** What the device's buffer allows at most. */
  limitFrames: number;
}

/** The frames that an output mixes at once: the largest 64·2^k with 2 × quantum ≤ the smallest wanted latency. */
export function chooseQuantum({ wantedFrames, realtime, fixedFrames, limitFrames }: QuantumWish): number {
  if (fixedFrames !== undefined) return Math.min(fixedFrames, limitFrames);
  let smallest = Infinity;
  for (const frames of wantedFrames) if (frames > 0 && frames < smallest) smallest = frames;
  const floor = realtime ? SMALLEST : SMALLEST_WITHOUT_REALTIME;
  let quantum = SMALLEST;
  if (smallest === Infinity) quantum = NO_WISH;
  else while (quantum * 2 <= LARGEST && quantum * 4 <= smallest) quantum *= 2;
  quantum = Math.max(quantum, floor);
  while (quantum > limitFrames && quantum > SMALLEST) quantum /= 2;
  return quantum;
}
