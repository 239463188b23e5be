import { expect, test } from 'vitest';
import { BLOCKS_BYTES, BlockReader, BlockWriter } from './blocks.js';
import { SLOT_LIMIT } from './limits.js';

function pair(): { writer: BlockWriter; reader: BlockReader } {
  const blocks = new SharedArrayBuffer(BLOCKS_BYTES);
  return { writer: new BlockWriter(blocks), reader: new BlockReader(blocks) };
}

test('the main thread is told whose blocks have news, each once', () => {
  const { writer, reader } = pair();
  writer.started(0);
  writer.started(31);
  writer.drained(31);
  writer.starved(32);
  writer.corrupt(700);
  writer.released(SLOT_LIMIT - 1);
  expect(reader.takeNews()).toEqual([]);
  expect(writer.publishNews()).toBe(true);
  expect(reader.takeNews()).toEqual([0, 31, 32, 700, SLOT_LIMIT - 1]);
  expect(reader.takeNews()).toEqual([]);
});

test('a quantum without news tells nobody', () => {
  const { writer, reader } = pair();
  expect(writer.publishNews()).toBe(false);
  writer.drained(5);
  writer.publishNews();
  expect(writer.publishNews()).toBe(false);
  expect(reader.takeNews()).toEqual([5]);
});

test('who is due is told apart from news', () => {
  const { writer, reader } = pair();
  writer.due(64);
  writer.starved(65);
  expect(writer.publishNews()).toBe(true);
  expect([reader.takeDue(), reader.takeNews()]).toEqual([[64], [65]]);
  expect([reader.takeDue(), reader.takeNews()]).toEqual([[], []]);
});

test('news of several quanta are gathered until they are taken', () => {
  const { writer, reader } = pair();
  for (const slot of [40, 41]) {
    writer.released(slot);
    writer.publishNews();
  }
  expect(reader.takeNews()).toEqual([40, 41]);
});
