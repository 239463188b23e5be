/** What the page asks for and holds at most; frames are at RATE. */

/** Everything between tab and server is at this rate, and so is the AudioContext. */
export const RATE = 48_000;
export const CHANNELS = 2;

const ms = (milliseconds: number): number => (milliseconds * RATE) / 1000;

export const PLAY_LIMITS = {
  /** Frames of one AudioPacket. */
  packetFrames: 960,
  /** Music in both modes: with all headers down to IPv6's around 50 packets a second 139 kbit/s (docs/protocol.md). */
  opusBitrate: 90_000,
  /** With parity, half as much again, and 100 packets a second, the same. */
  guardedFrameUs: 10_000,
  guardedBitrate: 46_000,
  /** What an encoder that goes on in midstream hears first, in whole packets: without it the listener would hear its beginning. */
  opusPrerollFrames: ms(80),
  /** Packets of talk. A browser's callbacks are as far apart; shorter ones are for who wants less latency than this. */
  talkFrameUs: 10_000,
  talkFrames: [
    { belowMs: 20, frameUs: 2_500 },
    { belowMs: 40, frameUs: 5_000 },
  ],
  /** A file has time: a deep ring survives a machine that stalls, a deeper one a network that does. */
  localFileLatencyUs: 200_000,
  farFileLatencyUs: 1_000_000,
  /** Frames of a file that the encoder is given ahead. */
  encoderFrames: ms(200),
  /** The capture ring: a worker held up for longer loses what is too old by then. A power of two. */
  captureRingFrames: 16_384,
  /** Live sound that the network has not taken, and that waits for it here. What exceeds both is dropped, the oldest first. */
  liveQueuedMs: 40,
  liveWaitingMs: 40,
  /** While all goes well the page is told of it so often. */
  statusMs: 100,
  /** Decoded, a file takes some twelve times this. */
  fileBytes: 200 * 1024 * 1024,
} as const;

export const LISTEN_LIMITS = {
  /** What the server's side may take: it sets the size of packets and of the quantum. */
  talkLatencyUs: 20_000,
  musicLatencyUs: 60_000,
  talkOpusFrameUs: 10_000,
  musicOpusFrameUs: 20_000,
  /** A latency that a person sets. */
  latencyMinMs: 10,
  latencyMaxMs: 1000,
  /** Sound that waits to be heard, a power of two: 1.4 s. */
  storeFrames: 65_536,
  /** Packets between the worker and the worklet. */
  queuedPackets: 512,
  queuedFrames: 65_536,
  /** One packet: 120 ms, as Opus has it at most (RFC 6716, section 3.2.5). */
  packetFrames: ms(120),
  /** A render quantum's worth of the stream, whatever the context's rate. */
  blockFrames: 4096,
  /** Sound that is missing for so long is not waited for: it goes on at the live edge. */
  outageFrames: ms(120),
  /** So far behind, no change of speed brings it back. */
  jumpFrames: ms(250),
  /** Packets that came before others wait for those, so many and so long: decoders want order. */
  reorderPackets: 4,
  reorderMs: 10,
  /** What a decoder makes of its first packets in midstream is not what was encoded yet (RFC 7845, section 4.6). */
  opusPrerollFrames: ms(80),
  /** The worklet says so often how it goes. */
  reportMs: 100,
} as const;
