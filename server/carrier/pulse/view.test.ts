import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Guest } from '../../session/guest.js';
import type { Peer } from '../../session/port.js';
import type { Stream } from '../../stream/stream.js';
import { FurnishedHouse, must, OWN_UID, OWNER, SANDBOXED } from '../../session/house.fixture.js';
import { View } from './view.js';

let furnished: FurnishedHouse;
let owner: Guest;
let played: Stream;
let recorded: Stream;

beforeAll(() => {
  furnished = new FurnishedHouse('null:hall', 'null:yard', 'null:phone?microphone=yes');
  owner = furnished.welcome(OWNER);
  played = furnished.open('playback', owner, 'hall');
  recorded = furnished.open('record', owner, 'hall.monitor');
});
afterAll(() => furnished[Symbol.asyncDispose]());

function viewOf(peer: Peer): { guest: Guest; view: View } {
  const guest = furnished.welcome(peer);
  return { guest, view: new View(furnished.house, guest) };
}

const codeOf = (found: object) => ('code' in found ? found.code : 'found');
const byName = (name: string | undefined) => ({ index: undefined, name });
const byIndex = (index: number) => ({ index, name: undefined });

describe('who may look', () => {
  test('finds devices by number, by name, by a number as a name, and by their parts', () => {
    const { view } = viewOf(OWNER);
    for (const ref of [byIndex(1), byName('yard'), byName('1')]) expect(must(view.sink(ref)).name).toBe('yard');
    for (const ref of [byIndex(1), byName('yard.monitor'), byName('1')])
      expect(must(view.source(ref)).monitorName).toBe('yard.monitor');
    expect(must(view.sink(byName('@DEFAULT_SINK@'))).name).toBe('hall');
    expect(must(view.source(byName('@DEFAULT_MONITOR@'))).name).toBe('hall');
  });

  test('records from a microphone where nothing else is said', () => {
    const { view } = viewOf(OWNER);
    for (const ref of [byName(undefined), byName('@DEFAULT_SOURCE@')])
      expect(must(view.source(ref)).name).toBe('phone');
  });

  test.each([byIndex(3), byName('3'), byName('cellar'), byName('hall.monitor'), byIndex(0xffff_fffe)])(
    'finds no sink by %j',
    (ref) => {
      expect(codeOf(viewOf(OWNER).view.sink(ref))).toBe('DEVICE_NOT_FOUND');
    },
  );

  test('sees the clients and streams of others, each stream by its own direction alone', () => {
    const { guest, view } = viewOf(OWNER);
    expect(view.guests).toEqual(expect.arrayContaining([owner, guest]));
    expect(view.stream('playback', played.number)).toBe(played);
    expect(codeOf(view.stream('record', played.number))).toBe('STREAM_NOT_FOUND');
    expect(view.streams('record')).toContain(recorded);
  });
});

describe.each<{ who: string; peer: Peer; sinks: string[] }>([
  { who: 'a program in a sandbox', peer: SANDBOXED, sinks: ['hall'] },
  { who: 'another user', peer: { ...OWNER, uid: OWN_UID + 1000 }, sinks: ['hall'] },
  {
    who: 'another machine',
    peer: { carrier: 'pulse', remote: '10.0.0.1', sharedMemory: false },
    sinks: ['hall', 'yard', 'phone'],
  },
])('$who', ({ peer, sinks }) => {
  test('sees itself, its own streams, and where it may play', () => {
    const { guest, view } = viewOf(peer);
    const own = furnished.open('playback', guest, 'hall');
    expect(view.sinks.map(({ name }) => name)).toEqual(sinks);
    expect(view.guests).toEqual([guest]);
    expect(view.streams('playback')).toEqual([own]);
    expect(view.owns(own)).toBe(true);
    furnished.house.streams.close(own);
  });

  test('is told of all else that it is not there', () => {
    const { view } = viewOf(peer);
    expect(codeOf(view.stream('playback', played.number))).toBe('STREAM_NOT_FOUND');
    expect(codeOf(view.stream('record', recorded.number))).toBe('STREAM_NOT_FOUND');
    expect(codeOf(view.guest(owner.client))).toBe('CLIENT_NOT_FOUND');
    for (const ref of [byName(undefined), byName('hall.monitor'), byName('0'), byIndex(0), byName('@DEFAULT_MONITOR@')])
      expect(codeOf(view.source(ref))).toBe('DEVICE_NOT_FOUND');
    expect(view.sources).toEqual([]);
    expect(view.defaultSource).toBeUndefined();
  });

  test('may neither record nor mix', () => {
    const { view } = viewOf(peer);
    for (const verb of ['record', 'look', 'mix', 'admit'] as const)
      expect(view.refusal(verb)?.code).toBe('NOT_ALLOWED');
    expect(view.may('play')).toBe(true);
  });
});
