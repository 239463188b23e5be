import type { Attachment } from '../engine/attachment.js';
import { STREAM_STATE } from '../engine/blocks.js';
import { Lease } from '../engine/lease.js';
import type { Output } from '../engine/output.js';
import { WeirError } from '../observe/errors.js';
import { gainOfVolume } from '../policy/volume.js';
import { Berth } from './berth.js';
import type { Sample } from './sample.js';
import type { Stream, StreamOpening, StreamOwner, StreamReport, StreamRequest } from './stream.js';

const NOTHING_TO_SEND: StreamOpening = {
  capacityFrames: 0,
  controlBytes: 0,
  dataBytes: 0,
  fillFrames: 0,
  quantumFrames: 0,
  codec: 'pcm',
  grantedFrames: 0,
  fds: [],
};

/** One playing of a sample: a full ring that drains, then the stream ends. */
export class SampleStream implements Stream {
  readonly opening = NOTHING_TO_SEND;
  output: Output | undefined;
  volume: number;
  muted = false;
  readonly #opened: NonNullable<ReturnType<Sample['open']>>;
  readonly #sample: Sample;
  readonly #lease = new Lease();
  readonly #berth = new Berth({
    attach: (to) => this.#attach(to),
    left: ({ frames }) => (this.#frames = frames),
  });
  #frames = 0;
  #paused = false;
  #closed = false;

  static open(
    number: number,
    request: StreamRequest,
    owner: StreamOwner,
    sample: Sample,
    output: Output,
  ): SampleStream | WeirError {
    const opened = sample.open();
    if (!opened) return new WeirError('MAPPING_FAILED', 'no memory to play a sample');
    return new SampleStream(number, request, owner, sample, opened, output);
  }

  private constructor(
    readonly number: number,
    readonly request: StreamRequest,
    readonly owner: StreamOwner,
    sample: Sample,
    opened: NonNullable<ReturnType<Sample['open']>>,
    output: Output,
  ) {
    this.#sample = sample;
    this.#opened = opened;
    this.volume = request.volume;
    this.moveTo(output);
  }

  setLevel(volume: number, muted: boolean): void {
    this.volume = volume;
    this.muted = muted;
    const { attachment } = this.#berth;
    if (attachment) this.output?.setGain(attachment, this.#gain());
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    const { attachment } = this.#berth;
    if (attachment) this.output?.setPaused(attachment, paused);
  }

  moveTo(output: Output): void {
    if (output === this.output || this.#closed) return;
    this.output = output;
    this.#berth.go(output);
  }

  report(): StreamReport {
    const last = this.#berth.held?.last;
    return {
      state: this.output ? (last?.state ?? STREAM_STATE.filling) : STREAM_STATE.orphaned,
      fillFrames: last?.fillFrames ?? this.#sample.frames,
      latencyFrames: last?.latencyFrames ?? 0,
      starvedFrames: 0,
      underruns: 0,
      droppedFrames: 0,
    };
  }

  levels() {
    const { attachment } = this.#berth;
    return attachment && this.output?.levels(attachment);
  }

  pump(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#berth.go(undefined, () => {
      this.#lease.whenFree(() => {
        this.#opened.free();
      });
    });
  }

  #attach(output: Output): Attachment {
    return output.attach(
      {
        kind: 'play',
        memory: this.#opened.memory,
        lease: this.#lease,
        spec: this.#sample.spec,
        wakeFd: -1,
        client: this.owner.party,
        latencyFrames: 0,
        frames: this.#frames,
        gain: this.#gain(),
        paused: this.#paused,
        draining: true,
        live: false,
        stream: this.number,
        fadeIn: this.#frames > 0,
      },
      {
        started: () => {},
        starved: () => {},
        timing: () => {},
        drained: () => {
          this.owner.ended(this);
        },
        corrupt: () => {
          this.owner.ended(this);
        },
        orphaned: () => {
          this.#berth.orphan();
          this.output = undefined;
          this.owner.tell(this, { kind: 'orphaned' });
        },
      },
    );
  }

  #gain(): number {
    return this.muted ? 0 : gainOfVolume(this.volume);
  }
}
