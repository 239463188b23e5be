import { viewOf } from '../../../native-shim/library.js';
import { mapPrivate, must } from '../../../native-shim/sys.js';
import { QUANTUM_MAX } from '../limits.js';
import type { OutputDriver, Readiness } from '../output-driver.js';
import { frameBytesOf } from '../wav-header.js';
import { sequence } from './sequence.js';

/** Drives an output as an engine thread does, with a recording in which every frame tells its number. */
export class Player {
  playedFrames = 0;
  readonly #driver: OutputDriver;
  readonly #address: bigint;
  readonly #memory: Buffer;

  constructor(driver: OutputDriver, firstFrame = 0) {
    this.#driver = driver;
    this.playedFrames = firstFrame;
    const bytes = QUANTUM_MAX * frameBytesOf(driver);
    this.#address = must(mapPrivate(bytes));
    this.#memory = Buffer.from(viewOf(this.#address, bytes));
  }

  /** Plays quanta until `frames` are written, or the device is lost; at most `limitMs`. Says how the last wait ended. */
  play(quantumFrames: number, frames: number, limitMs: number, onQuantum: () => void = () => {}): Readiness {
    this.#driver.setQuantum(quantumFrames);
    const end = this.playedFrames + frames;
    const deadline = performance.now() + limitMs;
    let readiness: Readiness = 'waiting';
    while (this.playedFrames < end && performance.now() < deadline) {
      readiness = this.#driver.wait();
      if (readiness === 'lost') break;
      if (readiness === 'waiting') continue;
      onQuantum();
      sequence(this.#driver, this.playedFrames, quantumFrames).copy(this.#memory);
      if (!this.#driver.write(this.#address, quantumFrames)) return 'lost';
      this.playedFrames += quantumFrames;
    }
    return readiness;
  }
}
