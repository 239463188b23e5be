import { describe, expect, test } from 'vitest';
import { weir } from '#proto';
import { pageFailure, Refusal } from './failure.js';
import { Requests } from './requests.js';

const { ServerMessage } = weir.v1;

describe('requests and their answers', () => {
  test('each answer reaches its own request, in any order', async () => {
    const requests = new Requests();
    const first = requests.open();
    const second = requests.open();
    expect(requests.settle(new ServerMessage({ requestId: second.id, done: {} }))).toBe(true);
    expect(requests.settle(new ServerMessage({ requestId: first.id, streamOpened: { stream: 7 } }))).toBe(true);
    expect((await first.answer).streamOpened?.stream).toBe(7);
    expect((await second.answer).done).toBeTruthy();
  });

  test('a Failure rejects with its code and way out', async () => {
    const requests = new Requests();
    const { id, answer } = requests.open();
    requests.settle(
      new ServerMessage({ requestId: id, failure: { code: 'LOOP_REFUSED', what: 'a loop', wayOut: 'choose' } }),
    );
    await expect(answer).rejects.toMatchObject({ failure: { code: 'LOOP_REFUSED', what: 'a loop', wayOut: 'choose' } });
  });

  test('news, strangers and second answers settle nothing', async () => {
    const requests = new Requests();
    const { id, answer } = requests.open();
    expect(requests.settle(new ServerMessage({ requestId: 0, done: {} }))).toBe(false);
    expect(requests.settle(new ServerMessage({ requestId: id + 1, done: {} }))).toBe(false);
    expect(requests.settle(new ServerMessage({ requestId: id, done: {} }))).toBe(true);
    expect(requests.settle(new ServerMessage({ requestId: id, failure: { code: 'X' } }))).toBe(false);
    await answer;
  });

  test('a lost connection rejects all that wait', async () => {
    const requests = new Requests();
    const answers = [requests.open().answer, requests.open().answer];
    requests.fail(pageFailure('CONNECTION_LOST', 'gone'));
    for (const answer of answers) await expect(answer).rejects.toBeInstanceOf(Refusal);
  });
});
