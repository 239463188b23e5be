import { weir } from '#proto';
import { nowNs } from '../native-shim/sys.js';
import { joinCrowd } from './crowd-client.js';

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
  const wish = { direction: weir.v1.Direction.RECORD, device: 'null.monitor', opus: { frameUs } };
  for (let i = 0; i < count; i++) {
    const listener = new Listener(packetFrames, ears);
    const { socket } = await joinCrowd(url, 'listener', wish, (packet, sizeBytes) => {
      listener.take(sizeBytes, packet);
    });
    socket.on('close', () => ears.ended++);
  }
  process.send?.('listening');
  process.on('message', () => process.send?.(ears.report()));
}

const [url = '', count = '', frameUs = ''] = process.argv.slice(2);
await main(url, Number(count), Number(frameUs));
