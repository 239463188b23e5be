import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { weir } from '#proto';
import type { Stream } from '../stream/stream.js';
import { FurnishedHouse, OWNER } from './house.fixture.js';
import type { MeterWatcher } from './meter-feed.js';

let furnished: FurnishedHouse;
let streams: Stream[];

beforeAll(() => {
  furnished = new FurnishedHouse('null:hall');
  const guest = furnished.welcome(OWNER);
  streams = [1, 2, 3].map(() => furnished.open('playback', guest, 'hall'));
});
afterAll(() => furnished[Symbol.asyncDispose]());

/** What it heard of: names of outputs, numbers of streams. */
class Watcher implements MeterWatcher {
  readonly heard = new Set<string | number>();
  times = 0;

  sendDroppable({ meters }: { meters: weir.v1.IMeters }): boolean {
    for (const { device, stream } of meters.levels ?? []) this.heard.add(device ?? stream ?? '');
    this.times++;
    return true;
  }
}

const soon = (look: () => void) => vi.waitFor(look, 10_000);

test('who watches all hears of all, who watches one stream of that alone, and who left of nothing', async () => {
  const { meterFeed } = furnished.house;
  const [first, second, third] = streams.map(({ number }) => number);
  const [all, one, gone] = [new Watcher(), new Watcher(), new Watcher()];
  meterFeed.subscribe(all, 30);
  meterFeed.subscribe(one, 30, second);
  meterFeed.subscribe(gone, 30, second);
  meterFeed.leave(gone);
  await soon(() => expect([...all.heard]).toEqual(expect.arrayContaining(['hall', first, second, third])));
  await soon(() => expect(one.times).toBeGreaterThan(3));
  expect([...one.heard]).toEqual([second]);
  expect(gone.times).toBe(0);
  meterFeed.subscribe(one, 30, third);
  await soon(() => expect(one.heard).toContain(third));
  one.heard.clear();
  await soon(() => expect([...one.heard]).toEqual([third]));
  for (const watcher of [all, one]) meterFeed.leave(watcher);
});
