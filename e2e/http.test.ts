import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { weir } from '#proto';
import { startServer } from './server.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A client over WebSocket that plays silence. */
async function startPlayer(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  cleanups.push(() => {
    socket.terminate();
  });
  await once(socket, 'open');
  const send = (body: weir.v1.IClientMessage): void => socket.send(weir.v1.ClientMessage.encode(body).finish());
  const opened = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      if (Buffer.isBuffer(data) && weir.v1.ServerMessage.decode(data).streamOpened) resolve();
    });
  });
  send({ requestId: 1, hello: { major: 1, minor: 0, name: 'player' } });
  const { PLAYBACK } = weir.v1.Direction;
  const { F32 } = weir.v1.SampleFormat;
  const { COPIES } = weir.v1.Transport;
  const shape = { direction: PLAYBACK, format: F32, rate: 48_000, channels: 2, transport: COPIES };
  send({ requestId: 2, openStream: { id: randomBytes(16), name: 'silence', device: 'desk', ...shape } });
  await opened;
  return socket;
}

async function call(url: string, method = 'GET', body?: unknown): Promise<{ status: number; json: unknown }> {
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const reply = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await reply.text();
  return { status: reply.status, json: text === '' ? undefined : JSON.parse(text) };
}

const numbers = z.array(z.looseObject({ client: z.number(), stream: z.number().optional() }));

describe('a script at the running server', () => {
  test('sees, moves and ends what a tab plays', async () => {
    await using server = await startServer({ devices: ['null:desk', 'null:attic'] });
    const { url } = server;
    const player = await startPlayer(url);
    const api = `${url}/api/v1`;

    const streams = await call(`${api}/streams`);
    expect(streams.json).toMatchObject([{ name: 'silence', device: 'desk', transport: 'copies', format: 'f32' }]);
    const [stream] = numbers.parse(streams.json);
    expect((await call(`${api}/clients`)).json).toMatchObject([
      { name: 'player', carrier: 'websocket', pid: process.pid, program: process.execPath },
    ]);

    const changed = await call(`${api}/streams/${stream?.stream ?? 0}`, 'POST', {
      volume: 0.5,
      muted: true,
      device: 'attic',
    });
    expect(changed).toMatchObject({ status: 200, json: { volume: 0.5, muted: true, device: 'attic' } });
    expect(await call(`${api}/devices/attic`, 'POST', { default: true, volume: 0.25 })).toMatchObject({
      status: 200,
      json: { isDefault: true, volume: 0.25 },
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/weir_stream_latency_seconds\{[^}]*device="attic"\}/);
    expect(metrics).toContain('weir_clients{carrier="websocket"} 1');

    const ended = once(player, 'close');
    expect((await call(`${api}/clients/${stream?.client ?? 0}`, 'DELETE')).status).toBe(204);
    await ended;
    expect((await call(`${api}/streams`)).json).toEqual([]);
    expect(await call(`${api}/streams/${stream?.stream ?? 0}`)).toMatchObject({
      status: 404,
      json: { code: 'STREAM_NOT_FOUND' },
    });

    expect(await server.stop()).toBe(0);
  }, 60_000);

  test.runIf(isRoot)(
    'is known to a server without rights that no one may look into; root is not that user',
    async () => {
      await using server = await startServer({ uid: NOBODY });
      const { url } = server;
      const own = spawn(
        process.execPath,
        ['-e', `fetch('${url}/api/v1/state').then((r) => process.exit(r.status / 100))`],
        {
          uid: NOBODY,
          gid: NOBODY,
          stdio: 'inherit',
        },
      );
      expect(await once(own, 'exit')).toEqual([2, null]);
      expect(await call(`${url}/api/v1/state`)).toMatchObject({ status: 403, json: { code: 'PEER_UNKNOWN' } });
    },
    60_000,
  );
});
