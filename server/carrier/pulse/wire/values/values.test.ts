import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import { gainOfVolume } from '../../../../policy/volume.js';
import { isMap, mapOfName, nameOfMap, POSITIONS, usualMap } from './channel-map.js';
import { isRef, isRefToOne, targetOf } from './device-ref.js';
import { choosePcm, ENCODING, formatOf } from './format-info.js';
import { NO_PROPERTIES, proplistOf, textOf, updated, without } from './proplist.js';
import { frameBytesOf, isSpec, PULSE_FORMATS, type SampleSpec } from './sample-spec.js';
import { areVolumes, positionOfVolume, PULSE_VOLUME_MAX, volumeOfPosition } from './volume.js'; // prettier-ignore

/** What our tables and arithmetic are held against. */
const libpulse = koffi.load('libpulse.so.0');
const Spec = koffi.struct('pa_sample_spec', { format: 'int', rate: 'uint32_t', channels: 'uint8_t' });
const Map32 = koffi.struct('pa_channel_map', { channels: 'uint8_t', map: koffi.array('int', 32) });
const call = (prototype: string): ((...args: unknown[]) => unknown) => libpulse.func(prototype);
const c = {
  fromLinear: call('uint32_t pa_sw_volume_from_linear(double v)'),
  toLinear: call('double pa_sw_volume_to_linear(uint32_t v)'),
  formatName: call('const char *pa_sample_format_to_string(int format)'),
  positionName: call('const char *pa_channel_position_to_string(int position)'),
  frameSize: call('size_t pa_frame_size(const pa_sample_spec *spec)'),
  specValid: call('int pa_sample_spec_valid(const pa_sample_spec *spec)'),
  mapInit: call('void *pa_channel_map_init_auto(_Out_ pa_channel_map *map, unsigned int channels, int def)'),
};
const ALSA = 1;

describe('as libpulse has it', () => {
  test('volumes, as fader positions and as gains', () => {
    for (let volume = 0; volume < 0x2_0000; volume += 97) {
      const position = positionOfVolume(volume);
      expect(gainOfVolume(position)).toBeCloseTo(Number(c.toLinear(volume)), 9);
      expect(c.fromLinear(gainOfVolume(position))).toBe(volume);
      expect(volumeOfPosition(position)).toBe(volume);
    }
    expect(volumeOfPosition(1e9)).toBe(PULSE_VOLUME_MAX);
  });

  test('names of formats and positions', () => {
    expect([...PULSE_FORMATS]).toEqual(PULSE_FORMATS.map((_, number) => c.formatName(number)));
    expect(c.formatName(PULSE_FORMATS.length)).toBe(null);
    expect(POSITIONS).toEqual(POSITIONS.map((_, number) => c.positionName(number)));
    expect(c.positionName(POSITIONS.length)).toBe(null);
  });

  test('sizes of frames, and which frames there are', () => {
    for (const [number, format] of [...PULSE_FORMATS.entries(), [13, undefined] as const]) {
      for (const channels of [0, 1, 2, 32, 33]) {
        for (const rate of [0, 1, 44_100, 384_000, 800_000]) {
          const theirs = koffi.as({ format: number, rate, channels }, koffi.pointer(Spec));
          const ours = { format, rate, channels };
          expect(isSpec(ours), JSON.stringify(ours)).toBe(c.specValid(theirs) === 1);
          if (isSpec(ours)) expect(frameBytesOf(ours)).toBe(Number(c.frameSize(theirs)));
        }
      }
    }
  });

  test('the usual positions of channels', () => {
    for (const channels of [1, 2, 3, 4, 5, 6, 8]) {
      const theirs: { map?: number[] } = {};
      if (c.mapInit(theirs, channels, ALSA) === null) continue;
      expect(usualMap(channels), `${channels} channels`).toEqual(Array.from(theirs.map ?? []).slice(0, channels));
    }
    expect(koffi.sizeof(Map32)).toBe(132);
    for (const channels of [7, 9, 32]) expect(isMap(usualMap(channels))).toBe(true);
  });
});

describe('maps and volumes', () => {
  test('have names and bounds', () => {
    expect(nameOfMap([1, 2, 50])).toBe('front-left,front-right,top-rear-center');
    expect(mapOfName('front-left,front-right,top-rear-center')).toEqual([1, 2, 50]);
    expect(mapOfName('front-left,nowhere')).toBeUndefined();
    expect(mapOfName(Array.from({ length: 33 }, () => 'mono').join(','))).toBeUndefined();
    expect([isMap([]), isMap([51]), isMap([50])]).toEqual([false, false, true]);
    expect([areVolumes([]), areVolumes([0x8000_0000]), areVolumes([0x7fff_ffff])]).toEqual([false, false, true]);
  });
});

describe('property lists', () => {
  const [a, b] = [proplistOf({ name: 'old', role: 'music' }), proplistOf({ name: 'new', icon: undefined, id: 'ü' })];
  const texts = (list: ReturnType<typeof updated>) => (list instanceof Error ? list : [...list.keys()].map((key) => `${key}=${textOf(list, key)}`)); // prettier-ignore

  test('are set, merged and replaced', () => {
    expect(texts(updated(a, 0, b))).toEqual(['name=new', 'id=ü']);
    expect(texts(updated(a, 1, b))).toEqual(['name=old', 'role=music', 'id=ü']);
    expect(texts(updated(a, 2, b))).toEqual(['name=new', 'role=music', 'id=ü']);
    expect(texts(without(a, ['name', 'nothing']))).toEqual(['role=music']);
  });

  test('are no text where they end otherwise, or are no UTF-8', () => {
    const list = new Map([['a', Uint8Array.of(97)], ['b', Uint8Array.of(0, 0)], ['c', Uint8Array.of(0xc3, 0)], ['d', new Uint8Array()]]); // prettier-ignore
    expect([...list.keys(), 'e'].map((key) => textOf(list, key))).toEqual([undefined, undefined, undefined, undefined, undefined]); // prettier-ignore
  });

  test('do not grow beyond their limit, however they grow', () => {
    let list: ReturnType<typeof updated> = NO_PROPERTIES;
    for (let n = 0; n < 128 && !(list instanceof Error); n += 1)
      list = updated(list, 2, proplistOf({ [`k${n}`]: 'v' }));
    if (list instanceof Error) throw list;
    expect(list.size).toBe(128);
    expect(updated(list, 2, proplistOf({ more: 'v' }))).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    const large = proplistOf({ a: 'x'.repeat(50_000) });
    expect(updated(large, 2, proplistOf({ b: 'x'.repeat(50_000) }))).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(updated(large, 0, proplistOf({ b: 'x'.repeat(50_000) }))).not.toBeInstanceOf(Error);
  });
});

describe('devices', () => {
  test('are meant by index, name, number as a name, wildcard or not at all', () => {
    const of = (index: number | undefined, name?: string) => targetOf({ index, name });
    expect(of(undefined)).toEqual({ by: 'default' });
    expect(of(4)).toEqual({ by: 'index', index: 4 });
    expect(of(undefined, '0')).toEqual({ by: 'index', index: 0 });
    expect(of(undefined, '@DEFAULT_SINK@')).toEqual({ by: 'default' });
    expect(of(undefined, '@DEFAULT_MONITOR@')).toEqual({ by: 'monitor' });
    expect(of(undefined, 'n1.monitor')).toEqual({ by: 'name', name: 'n1.monitor' });
  });

  test('have names of limited letters and length', () => {
    for (const name of ['', 'a b', 'x'.repeat(129), '@DEFAULT@', 'toString', 'Küche', 'a\n', '☎']) expect(isRef({ index: undefined, name })).toBe(['toString', 'Küche'].includes(name)); // prettier-ignore
    expect(isRef({ index: undefined, name: 'x'.repeat(128) })).toBe(true);
    expect(isRef({ index: 1, name: 'a' })).toBe(false);
    expect([isRef({ index: undefined, name: undefined }), isRefToOne({ index: undefined, name: undefined })]).toEqual([true, false]); // prettier-ignore
  });
});

describe('formats', () => {
  const usual: SampleSpec = { format: 'float32le', channels: 2, rate: 48_000 };
  const pcm = (texts: Record<string, string | undefined>) => ({
    encoding: ENCODING.PCM,
    properties: proplistOf(texts),
  });
  const choose = (texts: Record<string, string | undefined>) => choosePcm([pcm(texts)], usual)?.spec;

  test('say what a stream has, and are understood', () => {
    const shape = { spec: { format: 's24-32le', channels: 3, rate: 96_000 } as const, map: [1, 2, 7] };
    expect(choosePcm([{ encoding: 2, properties: NO_PROPERTIES }, formatOf(shape)], usual)).toEqual(shape);
    expect(textOf(formatOf(shape).properties, 'format.sample_format')).toBe('"s24-32le"');
  });

  test('leave to us what they do not say, and take the nearest of lists and ranges', () => {
    expect(choose({})).toEqual(usual);
    expect(choose({ 'format.rate': '[8000, 44100, 96000]' })).toMatchObject({ rate: 44_100 });
    expect(choose({ 'format.rate': '{"min": 8000, "max": 32000}' })).toMatchObject({ rate: 32_000 });
    expect(choose({ 'format.sample_format': '["s16le", "float32le"]' })).toMatchObject({ format: 'float32le' });
    expect(choose({ 'format.sample_format': '["s16le", "u8"]' })).toMatchObject({ format: 's16le' });
    expect(choose({ 'format.channel_map': '"front-left,front-right,lfe"' })).toMatchObject({ channels: 3 });
    expect(choose({ 'format.channels': '6' })).toMatchObject({ channels: 6 });
  });

  test.each([
    { 'format.rate': '0' }, { 'format.rate': '1e9' }, { 'format.rate': '"fast"' }, { 'format.rate': '{' }, { 'format.rate': '[]' },
    { 'format.rate': '{"min": 9, "max": 1}' }, { 'format.rate': 'null' }, { 'format.rate': '44100.5' }, { 'format.sample_format': '"s17"' },
    { 'format.sample_format': '7' }, { 'format.channels': '33' }, { 'format.channels': '1', 'format.channel_map': '"front-left,front-right"' },
    { 'format.channel_map': '"nowhere"' }, { 'format.channel_map': '[]' }, { 'format.channel_map': '4' },
  ])('of nonsense are none (%j)', (texts) => {
    expect(choose(texts)).toBeUndefined();
  }); // prettier-ignore
});
