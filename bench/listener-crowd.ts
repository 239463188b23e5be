import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { weir } from '#proto';
import { nowNs } from '../native-shim/sys.js';

// One process of the `listeners` case: COUNT listeners of one monitor over WebSocket. It says what they heard each time it is
// asked to (a message from its parent), and starts anew.

/** What all listeners of a process heard between two questions. */
export interface CrowdReport {
  readonly packets: number;
  readonly bytes: number;
  /** Between two packets of one listener, in ms, unsorted. */
  readonly gapsMs: number[];
  /** From a packet's first frame's being mixed to its arrival, in ms. */
  readonly delaysMs: number[];
  readonly lostFrames: number;
  readonly ended: number;
}

const RATE = 48_000;

/** What the listeners of this process have heard since they were last asked. */
class Ears {
  lostFrames = 0;
  ended = 0;
  #gapsMs: number[] = [];
  #delaysMs: number[] = [];
  #bytes = 0;

  packet(bytes: number, gapMs: number | undefined, delayMs: number): void {
    if (gapMs !== undefined) this.#gapsMs.push(gapMs);
    this.#delaysMs.push(delayMs);
    this.#bytes += bytes;
  }

  report(): CrowdReport {
    const [gapsMs, delaysMs, bytes] = [this.#gapsMs, this.#delaysMs, this.#bytes];
    [this.#gapsMs, this.#delaysMs, this.#bytes] = [[], [], 0];
    return { packets: delaysMs.length, bytes, gapsMs, delaysMs, lostFrames: this.lostFrames, ended: this.ended };
  }
}

class Listener {
  readonly #ears: Ears;
  readonly #packetFrames: number;
  #atMs: number | undefined;
  #nextFrame = 0;

  constructor(packetFrames: number, ears: Ears) {
    this.#packetFrames = packetFrames;
    this.#ears = ears;
  }

  take(bytes: number, { frame, captureUs }: weir.v1.IAudioPacket): void {
    const nowMs = nowNs() / 1e6;
    this.#ears.packet(bytes, this.#atMs && nowMs - this.#atMs, nowMs - (captureUs ?? 0) / 1000);
    this.#atMs = nowMs;
    this.#ears.lostFrames += (frame ?? 0) - this.#nextFrame;
    this.#nextFrame = (frame ?? 0) + this.#packetFrames;
  }
}

async function main(url: string, count: number, frameUs: number): Promise<void> {
  const ears = new Ears();
  const packetFrames = (RATE * frameUs) / 1e6;
  for (let i = 0; i < count; i++) await listen(url, frameUs, new Listener(packetFrames, ears), () => ears.ended++);
  process.send?.('listening');
  process.on('message', () => process.send?.(ears.report()));
}

async function listen(url: string, frameUs: number, listener: Listener, ended: () => void): Promise<void> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const say = (body: weir.v1.IClientMessage): void => socket.send(weir.v1.ClientMessage.encode(body).finish());
  const opened = new Promise<void>((settle, fail) => {
    socket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return;
      const { audio, streamOpened, failure } = weir.v1.ServerMessage.decode(data);
      if (audio) listener.take(data.length, audio);
      if (streamOpened?.codec === weir.v1.Codec.OPUS) settle();
      else if (streamOpened || failure) fail(new Error(failure?.what ?? 'no Opus to be had'));
    });
  });
  socket.on('close', ended);
  say({ requestId: 1, hello: { major: 1, minor: 0, name: 'listener' } });
  say({
    requestId: 2,
    openStream: {
      id: randomBytes(16),
      direction: weir.v1.Direction.RECORD,
      transport: weir.v1.Transport.COPIES,
      name: 'crowd',
      device: 'null.monitor',
      format: weir.v1.SampleFormat.F32,
      rate: RATE,
      channels: 2,
      codec: weir.v1.Codec.OPUS,
      opus: { frameUs },
    },
  });
  await opened;
}

const [url = '', count = '', frameUs = ''] = process.argv.slice(2);
await main(url, Number(count), Number(frameUs));
