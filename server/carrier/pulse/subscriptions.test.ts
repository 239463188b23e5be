import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FurnishedHouse, OWNER, SANDBOXED } from '../../session/house.fixture.js';
import { type Subscriber, Subscriptions } from './subscriptions.js';

let furnished: FurnishedHouse;
let subscriptions: Subscriptions;

beforeEach(() => {
  furnished = new FurnishedHouse('null:hall', 'null:yard');
  subscriptions = new Subscriptions(() => furnished.house);
});
afterEach(async () => {
  subscriptions.close();
  await furnished[Symbol.asyncDispose]();
});

/** Subscribed to all there is. */
function listener(client: number, seesAll = true): Subscriber & { heard: string[] } {
  const heard: string[] = [];
  const subscriber = {
    client,
    seesAll,
    heard,
    event: (facility: string, type: string, index: number) => void heard.push(`${facility} ${type} ${index}`),
  };
  subscriptions.join(subscriber);
  return subscriber;
}

const soon = (look: () => void) => vi.waitFor(look, 5000);

test('what comes, changes and goes is told once each, and what was there before is no news', async () => {
  const { house } = furnished;
  const guest = furnished.welcome(OWNER);
  const { heard } = listener(guest.client);
  expect(heard).toEqual([]);
  const stream = furnished.open('playback', guest, 'hall');
  await soon(() => expect(heard).toContain(`SINK_INPUT NEW ${stream.number}`));
  await soon(() => expect(heard).toContain('SINK CHANGE 0'));
  heard.length = 0;
  stream.setLevel(0.5, false);
  house.mixerFeed.touch();
  await soon(() => expect(heard).toEqual([`SINK_INPUT CHANGE ${stream.number}`]));
  house.outputs.all[1]?.setLevel(0.5, true);
  await soon(() => expect(heard.slice(1)).toEqual(['SINK CHANGE 1', 'SOURCE CHANGE 1']));
  house.streams.close(stream);
  await soon(() => expect(heard.slice(3)).toEqual([`SINK_INPUT REMOVE ${stream.number}`]));
});

test('each of many changes in a row reaches who subscribed, also who came while another listened', async () => {
  const first = listener(1);
  const [hall] = furnished.house.outputs.all;
  let told = 0;
  for (let i = 1; i <= 20; i++) {
    const late = listener(1 + i);
    hall?.setLevel(i / 32, false);
    await soon(() => {
      expect(late.heard.filter((event) => event === 'SINK CHANGE 0')).toHaveLength(1);
      expect(first.heard.filter((event) => event === 'SINK CHANGE 0').length).toBeGreaterThan(told);
    });
    told = first.heard.filter((event) => event === 'SINK CHANGE 0').length;
    subscriptions.leave(late);
  }
  expect(told).toBe(20);
});

test('a stream of somebody else’s is no news for who may not look, its own are', async () => {
  const [owner, guest] = [furnished.welcome(OWNER), furnished.welcome(SANDBOXED)];
  const all = listener(owner.client);
  const hidden = listener(guest.client, false);
  const others = furnished.open('playback', owner, 'hall');
  const own = furnished.open('playback', guest, 'hall');
  await soon(() => expect(all.heard).toContain(`SINK_INPUT NEW ${own.number}`));
  expect(all.heard).toContain(`SINK_INPUT NEW ${others.number}`);
  expect(hidden.heard).toContain(`SINK_INPUT NEW ${own.number}`);
  expect(hidden.heard.join()).not.toContain(`SINK_INPUT NEW ${others.number}`);
  expect(hidden.heard.join()).not.toContain(`CLIENT NEW ${owner.client}`);
});

test('what only this carrier knows of is told with the rest, and once however often it changed', async () => {
  const guest = furnished.welcome(OWNER);
  const { heard } = listener(guest.client);
  const stream = furnished.open('record', guest, 'hall.monitor');
  await soon(() => expect(heard).toContain(`SOURCE_OUTPUT NEW ${stream.number}`));
  heard.length = 0;
  for (let i = 0; i < 100; i++) subscriptions.changed('SOURCE_OUTPUT', stream.number);
  for (let i = 0; i < 100; i++) subscriptions.changed('CLIENT', guest.client);
  await soon(() => expect(heard).toContain(`CLIENT CHANGE ${guest.client}`));
  expect(heard.filter((event) => !event.startsWith('S'))).toEqual([`CLIENT CHANGE ${guest.client}`]);
  expect(heard.filter((event) => event.startsWith('SOURCE_OUTPUT CHANGE'))).toHaveLength(1);
});

test('another default output is news of the server', async () => {
  const { heard } = listener(1);
  furnished.house.outputs.setDefault('yard');
  furnished.house.mixerFeed.touch();
  await soon(() => expect(heard).toContain('SERVER CHANGE 0'));
});

test('who left hears nothing more, and who comes as the first again nothing of the time between', async () => {
  const first = listener(1);
  subscriptions.leave(first);
  furnished.house.outputs.all[0]?.setLevel(0.5, false);
  const { heard } = listener(2);
  furnished.house.outputs.all[1]?.setLevel(0.5, false);
  await soon(() => expect(heard).toEqual(['SINK CHANGE 1', 'SOURCE CHANGE 1']));
  expect(first.heard).toEqual([]);
});
