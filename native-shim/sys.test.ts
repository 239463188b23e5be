import { expect, test } from 'vitest';
import { close, must, receive, send, SysError, wakePair } from './sys.js';

test('an empty socket and a full one say EAGAIN, by that name', () => {
  const [a, b] = must(wakePair());
  const bytes = new Uint8Array(1024);
  expect(receive(a, bytes, 0)).toMatchObject({ call: 'recvmsg', errno: 'EAGAIN' });
  let sent = send(a, bytes);
  for (let i = 0; i < 10_000 && !(sent instanceof SysError); i++) sent = send(a, bytes);
  expect(sent).toMatchObject({ call: 'sendmsg', errno: 'EAGAIN' });
  close(a);
  close(b);
});
