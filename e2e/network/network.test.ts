import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startNetwork } from './network.js';

test('a TCP connection goes through whole, and waits for the end of an outage', async () => {
  const echo = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const network = await startNetwork((echo.address() as AddressInfo).port, 'goodWifi');
  const socket = connect(network.port, '127.0.0.1');
  const sent = Buffer.alloc(100_000, 'weir');
  const heard: Buffer[] = [];
  socket.on('data', (chunk) => void heard.push(chunk));
  socket.write(sent.subarray(0, 50_000));
  network.become('outage');
  socket.end(sent.subarray(50_000));
  await sleep(300);
  expect(Buffer.concat(heard).length).toBeLessThan(sent.length);
  network.become('lan');
  await once(socket, 'end');
  expect(Buffer.concat(heard).equals(sent)).toBe(true);
  const { upBytes, downBytes } = await network.carried();
  expect(Math.min(upBytes, downBytes)).toBeGreaterThan(sent.length);
  expect(Math.max(upBytes, downBytes)).toBeLessThan(sent.length * 1.1);
  await network.close();
  echo.close();
});

test('what is opened in an outage waits for its second try, what is opened after it does not', async () => {
  const echo = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const network = await startNetwork((echo.address() as AddressInfo).port, 'outage');
  const answers: string[] = [];
  const ask = (name: string) => {
    const socket = connect(network.port, '127.0.0.1');
    socket.end(name);
    socket.on('data', (answer) => void answers.push(String(answer)));
    return once(socket, 'end');
  };
  const early = ask('early');
  await sleep(100);
  network.become('lan');
  await Promise.all([early, ask('late')]);
  expect(answers).toEqual(['late', 'early']);
  await network.close();
  echo.close();
});

test('datagrams find their way back, and are lost in an outage', async () => {
  const echo = createSocket('udp4');
  echo.on('message', (bytes, { port }) => void echo.send(bytes, port, '127.0.0.1'));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  const network = await startNetwork(echo.address().port, 'lan');
  const socket = createSocket('udp4');
  socket.send('before', network.port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  expect(answer.toString()).toBe('before');
  let heard = 0;
  socket.on('message', () => heard++);
  network.become('outage');
  await sleep(50);
  for (let i = 0; i < 20; i++) socket.send('during', network.port, '127.0.0.1');
  await sleep(200);
  expect(heard).toBe(0);
  socket.close();
  await network.close();
  echo.close();
});
