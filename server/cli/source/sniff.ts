/** What a file's first bytes say it is: content decides, never the name. */
export type AudioKind = 'wav' | 'flac' | 'vorbis' | 'opus' | 'mp3';

/** An Ogg page's header with one segment in its table; the codec's own first packet follows. */
const OGG_PACKET = 28;
const MPEG_SYNC = 0xffe0;
const MPEG_LAYER = 0x0006;
const MPEG_RESERVED_VERSION = 0x0008;

export function sniff(head: Uint8Array): AudioKind | undefined {
  const text = Buffer.from(head).toString('latin1');
  if (/^(RIFF|RF64|RIFX)/.test(text) && text.startsWith('WAVE', 8)) return 'wav';
  if (text.startsWith('fLaC')) return 'flac';
  if (text.startsWith('OggS')) return sniffOgg(text.slice(OGG_PACKET));
  if (text.startsWith('ID3') || isMpegHeader(head)) return 'mp3';
  return undefined;
}

function sniffOgg(packet: string): AudioKind | undefined {
  if (packet.startsWith('OpusHead')) return 'opus';
  if (packet.startsWith('\x01vorbis')) return 'vorbis';
  return packet.startsWith('\x7fFLAC') ? 'flac' : undefined;
}

/** A frame header of MPEG 1, 2 or 2.5, layer I to III, with a bit rate and a sample rate that exist. */
function isMpegHeader(head: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = head;
  const sync = (first << 8) | second;
  if ((sync & MPEG_SYNC) !== MPEG_SYNC || (sync & MPEG_LAYER) === 0) return false;
  const isVersion = (sync & 0x0018) !== MPEG_RESERVED_VERSION;
  return isVersion && third >> 4 !== 0xf && third >> 4 !== 0 && ((third >> 2) & 3) !== 3;
}
