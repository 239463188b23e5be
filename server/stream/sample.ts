import { mapPrivate, SysError, unmap } from '../../native-shim/sys.js';
import { viewOf } from '../../native-shim/library.js';
import { CONTROL, PAGE_BYTES } from '../../native-shim/ring-layout.js';
import type { FrameSpec } from '../device/output-driver.js';
import { importSegment, SAMPLE_SEALS } from '../mempool/import.js';
import type { Quota } from '../mempool/quota.js';
import type { RingMemory } from '../mempool/ring-memory.js';
import { WeirError } from '../observe/errors.js';
import { frameBytesOf } from './frame-bytes.js';

/**
 * Sound that a client uploaded once: a memfd with all four seals, so that nobody can change it any more, mapped here and
 * played where it lies; or memory of our own that its carrier filled. It lives until it is removed and the last stream that plays it has ended.
 */
export class Sample {
  readonly frames: number;
  readonly #address: bigint;
  #users = 1;

  /** Takes the descriptor in any case. */
  static receive(fd: number, sizeBytes: number, spec: FrameSpec, quota: Quota): Sample | WeirError {
    const imported = importSegment(fd, { sizeBytes, seals: SAMPLE_SEALS, writable: false, quota });
    return imported instanceof WeirError ? imported : new Sample(imported.address, sizeBytes, spec, quota);
  }

  /** Memory of our own for a sample that comes piece by piece: `bytes` is written before it is played. */
  static blank(sizeBytes: number, spec: FrameSpec, quota: Quota): { sample: Sample; bytes: Uint8Array } | WeirError {
    const refused = quota.charge(sizeBytes);
    if (refused) return refused;
    const address = mapPrivate(sizeBytes);
    if (!(address instanceof SysError)) {
      const sample = new Sample(address, sizeBytes, spec, quota);
      return { sample, bytes: new Uint8Array(viewOf(address, sizeBytes)) };
    }
    quota.release(sizeBytes);
    return new WeirError('MAPPING_FAILED', address.message);
  }

  private constructor(
    address: bigint,
    readonly sizeBytes: number,
    readonly spec: FrameSpec,
    readonly quota: Quota,
  ) {
    this.#address = address;
    this.frames = Math.floor(sizeBytes / frameBytesOf(spec));
  }

  /** One playing of it: a ring already full, whose samples are the client's own pages. Undefined when memory is out. */
  open(): { memory: RingMemory; free(): void } | undefined {
    const pages = mapPrivate(2 * PAGE_BYTES);
    if (pages instanceof SysError) return undefined;
    new Uint32Array(viewOf(pages, PAGE_BYTES))[CONTROL.written] = this.frames;
    this.#users++;
    const memory = {
      control: pages,
      status: pages + BigInt(PAGE_BYTES),
      samples: this.#address,
      // Nothing beyond `written` is read, so the power of two may reach past the end.
      capacityFrames: 2 ** Math.ceil(Math.log2(Math.max(this.frames, 2))),
      frameBytes: frameBytesOf(this.spec),
    };
    return {
      memory,
      free: () => {
        unmap(pages, 2 * PAGE_BYTES);
        this.drop();
      },
    };
  }

  /** One user less; the last one unmaps it. */
  drop(): void {
    if (--this.#users > 0) return;
    unmap(this.#address, this.sizeBytes);
    this.quota.release(this.sizeBytes);
  }
}
