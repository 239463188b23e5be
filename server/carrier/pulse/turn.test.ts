import { setImmediate as turnOver } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Sender, Turn } from './turn.js';

test('what is to be said because somebody went away while it was sent to is said by the next turn', async () => {
  const said: string[] = [];
  const turn = new Turn(() => void said.push('sending'));
  let gone = false;
  const first: Sender = { post: () => {}, flush: () => void said.push('first') };
  const leaving: Sender = {
    post: () => {},
    flush: () => {
      if (!gone) turn.add(first);
      gone = true;
    },
  };
  turn.add(first);
  turn.add(leaving);
  await turnOver();
  await turnOver();
  expect(said).toEqual(['sending', 'first', 'sending', 'first']);
});
