import { expect, test } from 'vitest';
import { Charge, Quota } from '../../../mempool/quota.js';
import { WeirError } from '../../../observe/errors.js';
import { SAMPLES_PER_CLIENT } from '../../../session/limits.js';
import { Outputs } from '../../../engine/outputs.js';
import { CopiesDesk } from '../../../stream/copies/copies-desk.js';
import { Streams } from '../../../stream/streams.js';
import { InlineBlock } from '../buffer/block.js';
import { SEEK } from '../wire/numbers.js';
import { NO_PROPERTIES } from '../wire/values/proplist.js';
import { SampleShelf } from './sample-shelf.js';
import { Upload } from './upload.js';

const MIB = 2 ** 20;
/** Nothing plays here. */
const streams = new Streams(new Outputs([], { changed() {}, lost() {}, usable() {} }), new CopiesDesk(), () => {});
const shape = { spec: { format: 's16le', rate: 48_000, channels: 2 }, map: [1, 2] } as const;

/** A shelf of 4 MiB, and what whoever listens to it was told. */
function shelf() {
  const quota = new Quota(4 * MIB);
  const made = new SampleShelf(quota);
  const events: string[] = [];
  made.join({ event: (_, type, index) => events.push(`${type} ${index}`) });
  return { quota, shelf: made, events };
}

/** All of its `sizeBytes` came, unless said otherwise. */
function uploaded(name: string, sizeBytes: number, cameBytes = sizeBytes): Upload {
  const charge = Charge.take(new Quota(sizeBytes), sizeBytes);
  if (charge instanceof WeirError) throw charge;
  const upload = new Upload(0, { name, shape, properties: NO_PROPERTIES }, sizeBytes, charge);
  upload.write(new InlineBlock().of(new Uint8Array(cameBytes)), 0, SEEK.RELATIVE);
  return upload;
}

const names = (of: SampleShelf) => of.describeAll().map(({ name }) => name);

test('what is put there again has its index still; what is removed is gone, and what plays of it stays charged', () => {
  const { quota, shelf: one, events } = shelf();
  expect(one.put(uploaded('bell', MIB))).toBeUndefined();
  expect(one.put(uploaded('bell', 2 * MIB))).toBeUndefined();
  expect(one.describe({ index: 0, name: undefined })).toMatchObject({ name: 'bell', bytes: 2 * MIB });
  const sample = one.take('bell');
  if (sample instanceof WeirError) throw sample;
  const playing = sample.open();
  expect(one.remove('bell')).toBeUndefined();
  expect(one.remove('bell')).toMatchObject({ code: 'SAMPLE_NOT_FOUND' });
  expect(quota.usedBytes).toBe(2 * MIB);
  playing?.free();
  expect(quota.usedBytes).toBe(0);
  expect(events).toEqual(['NEW 0', 'CHANGE 0', 'REMOVE 0']);
});

test('where memory is short, what was played longest ago makes room', () => {
  const { shelf: one, events } = shelf();
  for (const name of ['a', 'b', 'c']) one.put(uploaded(name, MIB));
  one.take('a');
  one.put(uploaded('d', 2 * MIB));
  expect(names(one)).toEqual(['a', 'c', 'd']);
  expect(events.at(-2)).toBe('REMOVE 1');
  expect(one.put(uploaded('e', 5 * MIB))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  one.close(streams);
});

test('so many stand there, and no more', () => {
  const { quota, shelf: one } = shelf();
  for (let i = 0; i <= SAMPLES_PER_CLIENT; i++) one.put(uploaded(`${i}`, 4));
  expect(names(one)).toHaveLength(SAMPLES_PER_CLIENT);
  expect(names(one)[0]).toBe('1');
  one.close(streams);
  expect(quota.usedBytes).toBe(0);
});

test('an upload that did not come whole changes nothing', () => {
  const { quota, shelf: one } = shelf();
  one.put(uploaded('bell', MIB));
  expect(one.put(uploaded('bell', 2 * MIB, MIB))).toMatchObject({ code: 'SAMPLE_INCOMPLETE' });
  expect(one.describe({ index: undefined, name: 'bell' })).toMatchObject({ bytes: MIB });
  expect(quota.usedBytes).toBe(MIB);
  one.close(streams);
});
