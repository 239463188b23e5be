import { parentPort, workerData } from 'node:worker_threads';
import { nowNs, realtime, signal, SysError } from '../../native-shim/sys.js';
import { openOutput } from '../device/open-output.js';
import type { OutputDriver } from '../device/output-driver.js';
import { WeirError } from '../observe/errors.js';
import { BlockWriter } from './blocks.js';
import { DeviceClock } from './clock.js';
import { FastestLine } from './drift/fastest-line.js';
import type { EngineNews, EngineStart } from './engine-thread-handle.js';
import { LOOK_AHEAD_FRAMES, REALTIME_PRIORITY } from './limits.js';
import { Mixer } from './mixer.js';
import { type Order, OrderReader } from './orders.js';
import { Scratch } from './scratch.js';

// The audio thread of one output. It takes orders, mixes and waits on the device; it keeps nothing per quantum, takes
// no lock, and waits for nobody but its device.

function tell(news: EngineNews): void {
  parentPort?.postMessage(news);
}

function run(start: EngineStart): void {
  const blocks = new BlockWriter(start.blocks);
  const driver = openOutput(start.plan);
  if (driver instanceof WeirError) return tell({ kind: 'refused', code: driver.code, what: driver.what });
  if (blocks.isAbandoned()) return driver.close();

  const gotRealtime = !(realtime(REALTIME_PRIORITY) instanceof SysError);
  const { format, rate, channels, bufferFrames } = driver;
  tell({ kind: 'opened', device: { format, rate, channels, bufferFrames, realtime: gotRealtime } });
  const lost = play(start, driver, blocks);
  if (lost && !blocks.isAbandoned()) tell({ kind: 'lost' });
}

/** True when the device is lost. However it ends, the device is closed: the thread that follows opens it anew. */
function play(start: EngineStart, driver: OutputDriver, blocks: BlockWriter): boolean {
  try {
    using loop = new EngineLoop(start, driver, blocks);
    return loop.run();
  } finally {
    driver.close();
  }
}

/** The loop's state: fields, so that a turn of it makes no closure and no object. */
class EngineLoop implements Disposable {
  readonly #driver: OutputDriver;
  readonly #blocks: BlockWriter;
  readonly #orders: OrderReader;
  readonly #signalFd: number;
  readonly #scratch = new Scratch();
  readonly #mixer: Mixer;
  readonly #clock: DeviceClock;
  /** How regularly the device asks for quanta, seen from the ones that this thread was in time for. */
  readonly #pace: FastestLine;
  readonly #time = {
    nowNs: 0,
    steadyNs: 0,
    standstillNs: 0,
    nsPerFrame: 0,
    delayFrames: 0,
    mixedFrames: 0,
    playedFrames: 0,
    quantumFrames: 0,
  };
  readonly #carryOut = (order: Order): void => {
    if (order.kind === 'stop') this.#stopping = true;
    else this.#mixer.take(order);
  };
  #quantumFrames = 0;
  #stopping = false;
  /** Those after which the pace went on. */
  #pacedXruns = 0;

  constructor(start: EngineStart, driver: OutputDriver, blocks: BlockWriter) {
    this.#driver = driver;
    this.#blocks = blocks;
    this.#orders = new OrderReader(start.orders);
    this.#signalFd = start.signalFd;
    const { format, rate, channels } = driver;
    this.#mixer = new Mixer({ format, rate, channels }, this.#scratch, blocks);
    this.#clock = new DeviceClock(rate);
    this.#pace = new FastestLine(rate);
  }

  /** Until it is told to stop, or was replaced (both false), or its device is gone (true). */
  run(): boolean {
    const blocks = this.#blocks;
    while (!this.#stopping) {
      // The wait or the write may have hung in a driver for minutes: whoever was replaced meanwhile owns nothing any more.
      if (blocks.isAbandoned()) return false;
      blocks.beat();
      if (!this.#heed()) continue;
      const ready = this.#driver.wait();
      if (blocks.isAbandoned()) return false;
      if (ready === 'lost') return true;
      // What was ordered meanwhile counts now, not a quantum later: a drain that comes with a stream's last frames, for one.
      if (ready === 'ready' && this.#heed() && !this.#turn()) return true;
    }
    return false;
  }

  [Symbol.dispose](): void {
    this.#mixer.free();
    this.#scratch.free();
  }

  /** Carries out what was ordered. False: the device is to be waited for anew, or not any more. */
  #heed(): boolean {
    this.#orders.take(this.#carryOut);
    return !this.#stopping && this.#tune();
  }

  /** Passes a new quantum on to the device; false where there is none yet, and where it is another than was waited for. */
  #tune(): boolean {
    const frames = this.#mixer.quantumFrames;
    if (frames === 0) {
      // The order with the first quantum follows the word that the device is open by some microseconds.
      Atomics.wait(pause, 0, 0, 1);
      return false;
    }
    if (frames === this.#quantumFrames) return true;
    this.#quantumFrames = frames;
    this.#driver.setQuantum(frames);
    return false;
  }

  /** A device that ran dry stood still: that is no lateness of this thread. */
  #keepPace(frame: number, nowNs: number): void {
    const { xruns } = this.#driver;
    this.#time.standstillNs = 0;
    if (xruns === this.#pacedXruns) this.#pace.note(frame, nowNs);
    else this.#time.standstillNs = this.#pace.resume(frame, nowNs);
    this.#pacedXruns = xruns;
  }

  /** One quantum. False: the device is lost. */
  #turn(): boolean {
    const time = this.#time;
    const frames = this.#quantumFrames;
    time.nowNs = nowNs();
    time.playedFrames = time.mixedFrames - this.#driver.delayFrames();
    this.#clock.update(time.playedFrames, time.nowNs);
    this.#keepPace(time.mixedFrames, time.nowNs);
    time.steadyNs = this.#pace.timeNsOf(time.mixedFrames);
    time.nsPerFrame = this.#pace.nsPerFrame;
    time.delayFrames = this.#clock.framesUntil(time.mixedFrames, time.nowNs) + LOOK_AHEAD_FRAMES;
    time.quantumFrames = frames;
    const device = this.#mixer.render(time);
    if (this.#blocks.isAbandoned()) return true;
    const written = this.#driver.write(device, frames);
    if (this.#blocks.isAbandoned()) return true;
    time.mixedFrames += frames;
    this.#blocks.output(time.delayFrames, this.#driver.xruns, this.#driver.droppedFrames);
    this.#mixer.dropReleased();
    if (this.#blocks.publishNews()) signal(this.#signalFd);
    return written;
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

run(workerData as EngineStart); // our own main thread's words, not a stranger's
