/** What the page asks for and holds at most; frames are at RATE. */

/** Everything between tab and server is at this rate, and so is the AudioContext. */
export const RATE = 48_000;
export const CHANNELS = 2;

const ms = (milliseconds: number): number => (milliseconds * RATE) / 1000;

export const PLAY_LIMITS = {
  /** Frames of one AudioPacket. */
  packetFrames: 960,
  /** A file has time: a deep ring survives a busy page. */
  fileLatencyUs: 200_000,
  liveLatencyUs: 60_000,
  /** Captured sound that waits for a grant. Past the first, all but the newest is dropped and counted: it would be late for good. */
  queueFrames: ms(80),
  queueKeptFrames: ms(20),
  /** Decoded, a file takes some twelve times this. */
  fileBytes: 200 * 1024 * 1024,
} as const;

export const LISTEN_LIMITS = {
  latencyUs: 20_000,
  /** Sound that waits to be heard. */
  capacityFrames: ms(1000),
  startTargetFrames: ms(50),
  leastTargetFrames: ms(30),
  mostTargetFrames: ms(400),
  /** An underrun asks for so much more, quiet for so long for so much less. */
  targetUpFrames: ms(20),
  targetDownFrames: ms(5),
  quietFrames: ms(20_000),
  /** So far above the target nobody waits for a slight change of speed: a stall is over, go to the live edge. */
  skipFrames: ms(250),
} as const;
