import { nowNs } from '../../native-shim/sys.js';
import type { Ring } from '../mempool/pool.js';
import type { Charge } from '../mempool/quota.js';
import { type ErrorCode, WeirError } from '../observe/errors.js';
import { packetFramesOf } from './codec/packet-frames.js';
import type { LiveNews } from './copies/live-inflow.js';
import { Drops } from './drops.js';
import type { Inflow, PacketNotes } from './inflow.js';
import { LowestLately } from './jitter/lowest-lately.js';
import type { MissingFrames } from './jitter/missing-packets.js';
import { PacketLine, type PacketLineParts } from './packet-line.js';
import type { HopsReport, JitterReport, StreamRequest } from './stream.js';

export interface LiveInEvents {
  dropped(frames: number, code: ErrorCode): void;
  /** Packets did not come though later ones did; its client may still have them. */
  missing(missing: MissingFrames): void;
  /** Nothing fills the ring any more. */
  lost(why: WeirError): void;
}

const NO_NEWS: LiveNews = {
  kind: 'live',
  packets: 0,
  latePackets: 0,
  lostPackets: 0,
  recoveredPackets: 0,
  concealedFrames: 0,
  skippedFrames: 0,
  targetFrames: 0,
  delayFrames: 0,
  packetFrames: 0,
  driftPpm: 0,
};

/** The main thread's half of a live playback stream: packets go through a queue of its own to the copies thread. */
export class LiveIn implements Inflow {
  readonly granted = 0;
  /** A live stream does not end by what waits. */
  readonly pendingFrames = 0;
  nextFrame = 0;
  news = NO_NEWS;
  readonly #line: PacketLine;
  readonly #request: StreamRequest;
  readonly #overrun: Drops;
  readonly #network = new LowestLately();

  static open(
    request: StreamRequest,
    { memory }: Ring,
    parts: PacketLineParts,
    events: LiveInEvents,
  ): LiveIn | WeirError {
    const { spec, codec, purpose, latencyUs } = request;
    const depthFrames = Math.floor((latencyUs * spec.rate) / 1e6);
    let live: LiveIn | undefined;
    const line = PacketLine.open(
      request,
      parts,
      (queue) => ({ kind: 'live', memory, queue, spec, codec, purpose, depthFrames }),
      {
        news: (news) => {
          if (news.kind === 'live' && live) live.news = news;
          if (news.kind === 'missing') events.missing(news.missing);
        },
        lost: (why) => {
          events.lost(why);
        },
      },
    );
    return line instanceof WeirError ? line : (live = new LiveIn(request, line, events));
  }

  private constructor(request: StreamRequest, line: PacketLine, events: LiveInEvents) {
    this.#line = line;
    this.#request = request;
    this.#overrun = new Drops('COPIES_OVERRUN', (frames, code) => {
      events.dropped(frames, code);
    });
  }

  /** Of the queue. */
  get charge(): Charge | undefined {
    return this.#line.charge;
  }

  get droppedFrames(): number {
    return this.#overrun.frames;
  }

  receive(frame: number, data: Uint8Array, { captureUs, again, skew }: PacketNotes): WeirError | undefined {
    const frames = packetFramesOf(data, this.#request.codec, this.#request.spec);
    if (frames === undefined) {
      return new WeirError('BAD_MESSAGE', `${data.length} bytes are no packet of ${this.#request.codec}`);
    }
    if (!Number.isSafeInteger(frame + frames)) return new WeirError('BAD_MESSAGE', `an AudioPacket at frame ${frame}`);
    const arrivalNs = nowNs();
    if (captureUs > 0) this.#network.note(arrivalNs / 1e3 - captureUs, arrivalNs);
    this.nextFrame = Math.max(this.nextFrame, frame + frames);
    if (!this.#line.put({ frame, arrivalNs, kind: again ? 'again' : 'first', skew, data }))
      this.#overrun.frames += frames;
    return undefined;
  }

  /** The parity of the two packets that end at `frame`; of no use where there is no room for it. */
  mend(frame: number, parity: Uint8Array): void {
    if (Number.isSafeInteger(frame)) this.#line.put({ frame, arrivalNs: nowNs(), kind: 'parity', data: parity });
  }

  /** Nothing is granted: the sender's own clock makes the sound. */
  setWindow(): void {}

  pump(nowMs: number): void {
    this.#overrun.tell(nowMs);
  }

  close(): void {
    this.#line.close();
  }

  /** From the sender's line to the engine's reading. */
  get delayFrames(): number {
    return this.news.delayFrames;
  }

  /** From the microphone to the engine's reading; what is not known is 0. */
  get hops(): Pick<HopsReport, 'captureUs' | 'networkUs' | 'jitterUs'> {
    const { packetFrames, delayFrames } = this.news;
    // A packet's first frame waits for its last, then all of them for the network, then for their turn.
    const captureUs = this.#us(packetFrames);
    const networkUs = this.#network.known ? Math.max(0, Math.round(this.#network.value) - captureUs) : 0;
    return { captureUs, networkUs, jitterUs: this.#us(Math.max(0, delayFrames - packetFrames)) };
  }

  get jitter(): JitterReport {
    const { packets, latePackets, lostPackets, recoveredPackets, concealedFrames, skippedFrames } = this.news;
    const { driftPpm, targetFrames } = this.news;
    return {
      targetUs: this.#us(targetFrames),
      packets,
      latePackets,
      lostPackets,
      recoveredPackets,
      concealedFrames,
      skippedFrames,
      driftPpm,
    };
  }

  #us(frames: number): number {
    return Math.round((frames * 1e6) / this.#request.spec.rate);
  }
}
