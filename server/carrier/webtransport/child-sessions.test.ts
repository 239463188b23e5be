import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LINK_LIMITS, SIZE_LIMITS } from './limits.js';
import { Link } from './link/link.js';
import { KIND, type StartOrder } from './link/words.js';
import { varint } from './quic/varint.js';
import { framed, RawClient } from './raw-client.fixture.js';

const FLOOD_MESSAGES = 80;
const FLOOD_BYTES = 50_000;
const PACKETS = 50;
/** What the two pipes' ends and the kernel hold between them. */
const PIPE_BYTES = 1024 * 1024;

async function freePort(): Promise<number> {
  const probe = createSocket('udp4').bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The child itself, before a server that lets everybody in and reads when it is told to. */
async function startChild() {
  const port = await freePort();
  const program = fileURLToPath(new URL('./child.js', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const pipe = child.stdio[3];
  if (!(pipe instanceof Duplex)) throw new Error('there is no pipe');
  /** Messages of each session. */
  const heard = new Map<number, Buffer[]>();
  const link = await new Promise<Link>((ready) => {
    const made = new Link(pipe, {
      frame: (kind, session, bytes) => {
        if (kind === KIND.READY) ready(made);
        if (kind === KIND.ASK) made.send(KIND.ADMIT, session);
        if (kind === KIND.MESSAGE) heard.set(session, [...(heard.get(session) ?? []), Buffer.from(bytes)]);
      },
      broken: () => undefined,
    });
    made.sendJson(KIND.START, 0, { listen: [{ host: '127.0.0.1', port }] } satisfies StartOrder);
  });
  const end = async (): Promise<void> => {
    link.end();
    await once(child, 'close');
  };
  return { port, pipe, heard, end };
}

test('while the server does not read, one that floods has to wait, and the others lose no sound', async () => {
  const { port, pipe, heard, end } = await startChild();
  const flooding = await RawClient.joined(port, 'first');
  const talking = await RawClient.joined(port, 'second');
  pipe.pause();
  let sentBytes = 0;
  const message = framed(Buffer.alloc(FLOOD_BYTES));
  const flood = (async () => {
    for (; sentBytes < FLOOD_MESSAGES * FLOOD_BYTES; sentBytes += FLOOD_BYTES) await flooding.writeAll(4, message);
  })();
  for (let before = -1; before < sentBytes; await sleep(500)) before = sentBytes;
  const { congestedBytes } = LINK_LIMITS;
  expect(sentBytes).toBeLessThan(congestedBytes + PIPE_BYTES + SIZE_LIMITS.connectionWindowBytes);
  for (let i = 0; i < PACKETS; i++) talking.datagram(Buffer.concat([varint(0), Buffer.from(`sound ${i}`)]));
  await sleep(500);
  pipe.resume();
  await flood;
  await talking.until('everything is heard', () => heard.get(1)?.length === FLOOD_MESSAGES);
  await talking.until('all sound is heard', () => heard.get(2)?.length === PACKETS);
  flooding.vanish();
  talking.vanish();
  await end();
}, 60_000);
