import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sniff } from './sniff.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const ogg = (packet: string): Uint8Array => bytes(`OggS${'\0'.repeat(24)}${packet}`);

describe('sniff', () => {
  test('tells what the first bytes say', () => {
    expect(sniff(bytes('RIFF\x24\0\0\0WAVEfmt '))).toBe('wav');
    expect(sniff(bytes('RF64\xff\xff\xff\xffWAVEds64'))).toBe('wav');
    expect(sniff(bytes('fLaC\0'))).toBe('flac');
    expect(sniff(ogg('\x01vorbis'))).toBe('vorbis');
    expect(sniff(ogg('OpusHead'))).toBe('opus');
    expect(sniff(ogg('\x7fFLAC'))).toBe('flac');
    expect(sniff(bytes('ID3\x04'))).toBe('mp3');
    expect(sniff(Uint8Array.of(0xff, 0xfb, 0x90, 0x64))).toBe('mp3');
  });

  test('and nothing of what is near', () => {
    expect(sniff(bytes('RIFF\x24\0\0\0AVI LIST'))).toBeUndefined();
    expect(sniff(ogg('\x80theora'))).toBeUndefined();
    expect(sniff(Uint8Array.of(0xff, 0xfb, 0xf0, 0x64))).toBeUndefined(); // a bit rate that does not exist
    expect(sniff(Uint8Array.of(0xff, 0xf1, 0x50, 0x80))).toBeUndefined(); // AAC in ADTS has layer 0
    expect(sniff(new Uint8Array(0))).toBeUndefined();
  });

  test('any bytes are safe', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (head) => void sniff(head)));
  });
});
