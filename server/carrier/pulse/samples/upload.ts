import type { Charge, Quota } from '../../../mempool/quota.js';
import { WeirError } from '../../../observe/errors.js';
import { Sample } from '../../../stream/sample.js';
import type { Block } from '../buffer/block.js';
import { SEEK, type SeekMode } from '../wire/numbers.js';
import { FrameConverter, ringSpec } from '../formats/frame-converter.js';
import { usualPlacing } from '../formats/placing.js';
import type { PcmShape } from '../wire/values/format-info.js';
import type { Proplist } from '../wire/values/proplist.js';

/** What a sample is, beside its sound. */
export interface Described {
  readonly name: string;
  readonly shape: PcmShape;
  readonly properties: Proplist;
}

/** A sample on its way into the cache: its bytes come as blocks on its channel, from its start to its end. */
export class Upload implements Described {
  readonly direction = 'upload';
  readonly name: string;
  readonly shape: PcmShape;
  readonly properties: Proplist;
  readonly #bytes: Uint8Array;
  readonly #charge: Charge;
  #filled = 0;

  /** `lengthBytes`: in the client's format. `charge`: for that, and what is said of it. */
  constructor(
    readonly channel: number,
    { name, shape, properties }: Described,
    lengthBytes: number,
    charge: Charge,
  ) {
    this.name = name;
    this.shape = shape;
    this.properties = properties;
    this.#charge = charge;
    this.#bytes = new Uint8Array(lengthBytes);
  }

  /** What is beyond the length that was said is left out. */
  write(block: Block, _offset: number, seek: SeekMode): void {
    const bytes = Math.min(block.length, this.#bytes.length - this.#filled);
    if (bytes <= 0 || seek !== SEEK.RELATIVE) return;
    block.copy(0, this.#bytes, this.#filled, bytes);
    this.#filled += bytes;
  }

  /** The sample, in a format that the engine reads. */
  make(quota: Quota): Sample | WeirError {
    const { name, shape } = this;
    const whole = this.#filled === this.#bytes.length;
    if (!whole) return new WeirError('SAMPLE_INCOMPLETE', `less came of "${name}" than was announced`);
    const spec = ringSpec(shape.spec);
    if (spec instanceof WeirError) return spec;
    const converter = new FrameConverter(shape.spec, usualPlacing(shape.map));
    const frames = this.#bytes.length / converter.frameBytes;
    const blank = Sample.blank(frames * converter.ringFrameBytes, spec, quota);
    if (blank instanceof WeirError) return blank;
    let at = 0;
    converter.toRing(this.#bytes, (piece) => {
      blank.bytes.set(piece, at);
      at += piece.length;
      return piece.length / converter.ringFrameBytes;
    });
    return blank.sample;
  }

  close(): void {
    this.#charge.release();
  }
}
