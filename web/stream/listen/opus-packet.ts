/** Frame lengths by the configuration in a packet's first byte, in frames at 48 kHz (RFC 6716, section 3.1, table 2). */
const SILK = [480, 960, 1920, 2880];
const HYBRID = [480, 960];
const CELT = [120, 240, 480, 960];

/** How many frames at 48 kHz an Opus packet decodes to; 0 is no packet. */
export function opusFrames(packet: Uint8Array): number {
  const [first, second = 0] = packet;
  if (first === undefined) return 0;
  const configuration = first >> 3;
  const code = first & 3;
  const one =
    configuration < 12
      ? SILK[configuration % 4]
      : configuration < 16
        ? HYBRID[configuration % 2]
        : CELT[configuration % 4];
  const count = code === 0 ? 1 : code === 3 ? second & 63 : 2;
  return (one ?? 0) * count;
}
