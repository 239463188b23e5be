import type { HostedStream, StreamOrder } from '../../net/messages.js';
import type { Session } from '../../session/session.js';
import { PLAY_LIMITS } from '../limits.js';
import type { DecodedSound, PlayOrder, PlayStatus } from '../play-order.js';
import { interleave } from '../samples.js';
import type { PacketEncoder } from './packet-encoder.js';
import { PlaybackStream, type Filler } from './playback-stream.js';

/** A decoded file to an output, as the server grants. No timer paces it: the output's own clock does. */
export class FileSender implements HostedStream, Filler {
  readonly live = false;
  readonly lostFrames = 0;
  readonly skew = undefined;
  readonly #session: Session;
  readonly #channels: readonly Float32Array[];
  readonly #lengthFrames: number;
  readonly #stream: PlaybackStream;
  #encoder: PacketEncoder | undefined;
  /** The file's frame at which this life of the stream began, or the next one will. */
  #baseFrame: number;
  /** Frames of this life: given to the encoder, sent, granted; granted before anything was consumed. */
  #readFrames = 0;
  #sentFrames = 0;
  #grantedFrames = 0;
  #windowFrames = 0;
  #pumping = false;

  constructor(session: Session, order: PlayOrder, { channels }: DecodedSound, tell: (status: PlayStatus) => void) {
    this.#session = session;
    this.#channels = channels;
    this.#lengthFrames = channels[0]?.length ?? 0;
    this.#baseFrame = order.fromFrame;
    this.#stream = new PlaybackStream(session, order, this, tell);
  }

  get progress(): Pick<PlayStatus, 'positionFrames' | 'sentFrames'> {
    const consumed = Math.max(0, this.#grantedFrames - this.#windowFrames);
    const most = this.#lengthFrames - this.#baseFrame;
    return {
      positionFrames: this.#baseFrame + Math.min(this.#sentFrames, consumed, most),
      sentFrames: this.#baseFrame + Math.min(this.#sentFrames, most),
    };
  }

  order(order: StreamOrder): void {
    if (order.to === 'pause') this.#stream.setPaused(order.paused);
    if (order.to === 'seek') this.#seek(order.frame);
    if (order.to === 'retune') this.#stream.retune(order.tuning);
    if (order.to === 'stop') this.#stream.stop();
  }

  opened(encoder: PacketEncoder, grantedFrames: number): void {
    this.#encoder = encoder;
    this.#grantedFrames = this.#windowFrames = grantedFrames;
    this.#pump();
  }

  granted(frames: number): void {
    this.#grantedFrames = Math.max(this.#grantedFrames, frames);
    this.#pump();
  }

  moved(encoder: PacketEncoder, nextFrame: number, grantedFrames: number): void {
    this.#encoder = encoder;
    // What was granted while there was no connection, nobody told.
    this.#grantedFrames = Math.max(this.#grantedFrames, grantedFrames);
    this.#readFrames = this.#sentFrames = nextFrame;
    const primed = PLAY_LIMITS.opusPrerollFrames;
    encoder.prime(interleave(this.#channels, this.#baseFrame + nextFrame - primed, primed));
    this.#pump();
  }

  recoded(): void {
    // Nothing of a file gets lost.
  }

  resumed(): void {
    this.#pump();
  }

  sent(): void {
    this.#sentFrames = this.#readFrames - (this.#encoder?.pendingFrames ?? 0);
    this.#pump();
  }

  /** What was sent and not consumed was not heard: it goes on from what was. */
  lost(): void {
    this.#begin(this.progress.positionFrames);
  }

  close(): void {
    // The samples go with this object.
  }

  #seek(frame: number): void {
    this.#stream.reopen();
    this.#begin(Math.max(0, Math.min(this.#lengthFrames, frame)));
  }

  #begin(baseFrame: number): void {
    this.#encoder = undefined;
    this.#baseFrame = baseFrame;
    this.#readFrames = this.#sentFrames = this.#grantedFrames = this.#windowFrames = 0;
  }

  /** Sends what is granted, as far as encoder and network take it; the next grant or packet calls again. */
  #pump(): void {
    // An encoder that is at once done tells of its packet from within.
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#encoder && this.#mayRead(this.#encoder)) {
      const from = this.#baseFrame + this.#readFrames;
      if (from >= this.#lengthFrames) {
        void this.#stream.drain();
        break;
      }
      const granted = Math.min(PLAY_LIMITS.packetFrames, this.#grantedFrames - this.#readFrames);
      const samples = interleave(this.#channels, from, Math.min(granted, this.#lengthFrames - from));
      const at = this.#readFrames;
      this.#readFrames += samples.length / this.#channels.length;
      this.#encoder.encode(samples, at, 0);
    }
    this.#pumping = false;
  }

  #mayRead({ pendingFrames }: PacketEncoder): boolean {
    const granted = this.#readFrames < this.#grantedFrames || this.#baseFrame + this.#readFrames >= this.#lengthFrames;
    const waits = this.#stream.paused || this.#stream.moving || this.#session.congested;
    return granted && !waits && pendingFrames < PLAY_LIMITS.encoderFrames;
  }
}
