import { chained, type Skew } from '../../../server/engine/drift/fastest-line.js';
import type { HostedStream, StreamOrder } from '../../net/messages.js';
import type { Session } from '../../session/session.js';
import { CHANNELS, PLAY_LIMITS } from '../limits.js';
import type { CapturedSound, PlayOrder, PlayStatus } from '../play-order.js';
import { CaptureInlet, type CapturedBlock } from './capture-inlet.js';
import { EncoderRelay } from './encoder-relay.js';
import type { PacketEncoder, SoundPacket } from './packet-encoder.js';
import { PlaybackStream, type Filler } from './playback-stream.js';

/** Captured sound to an output, at the pace at which it is made. What the network does not take in time is dropped and counted. */
export class LiveSender implements HostedStream, Filler {
  readonly live = true;
  readonly #session: Session;
  readonly #rate: number;
  readonly #inputLatencyUs: number;
  readonly #inlet: CaptureInlet;
  readonly #stream: PlaybackStream;
  #encoder: EncoderRelay | undefined;
  /** The capture's frame that is frame 0 of this life of the stream. */
  #baseFrame: number | undefined;
  #waiting: CapturedBlock[] = [];
  #droppedFrames = 0;
  #sentFrames = 0;

  constructor(session: Session, order: PlayOrder, sound: CapturedSound, tell: (status: PlayStatus) => void) {
    this.#session = session;
    this.#rate = order.rate;
    this.#inputLatencyUs = sound.inputLatencyUs;
    this.#inlet = new CaptureInlet(sound.line, order.rate, (block) => this.#captured(block));
    this.#stream = new PlaybackStream(session, order, this, tell);
  }

  get progress(): Pick<PlayStatus, 'positionFrames' | 'sentFrames'> {
    return { positionFrames: this.#sentFrames, sentFrames: this.#sentFrames };
  }

  get lostFrames(): number {
    return this.#droppedFrames + this.#inlet.lostFrames;
  }

  get skew(): Skew | undefined {
    const host = this.#session.skew;
    return host && chained(this.#inlet.skew, host);
  }

  order(order: StreamOrder): void {
    if (order.to === 'pause') this.#stream.setPaused(order.paused);
    if (order.to === 'retune') this.#stream.retune(order.tuning);
    if (order.to === 'stop') this.#stream.stop();
  }

  opened(encoder: PacketEncoder): void {
    this.#encoder = new EncoderRelay(encoder);
  }

  recoded(encoder: PacketEncoder): void {
    this.#encoder?.goOverTo(encoder);
  }

  granted(): void {
    // Nothing is granted to live sound, and nothing is waited for.
  }

  moved(): void {
    // The newest sound is the next.
  }

  resumed(): void {
    this.#waiting = [];
  }

  sent({ frame }: SoundPacket): void {
    this.#sentFrames = frame;
  }

  lost(): void {
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#baseFrame = undefined;
    this.#waiting = [];
  }

  close(): void {
    this.#inlet.close();
  }

  #captured(block: CapturedBlock): void {
    const encoder = this.#encoder;
    if (!encoder || this.#stream.paused) return;
    this.#waiting.push(block);
    if (this.#keepsUp(encoder)) for (const waiting of this.#waiting.splice(0)) this.#encode(encoder, waiting);
    else this.#dropOldest();
  }

  /** The network has taken all but the last moments of what it was given. */
  #keepsUp({ bytesPerSecond }: EncoderRelay): boolean {
    return this.#session.queuedBytes <= (bytesPerSecond * PLAY_LIMITS.liveQueuedMs) / 1000;
  }

  #encode(encoder: EncoderRelay, { frame, samples, capturedUs }: CapturedBlock): void {
    this.#baseFrame ??= frame;
    encoder.encode(samples, frame - this.#baseFrame, Math.max(1, capturedUs - this.#inputLatencyUs));
  }

  #dropOldest(): void {
    const most = (this.#rate * PLAY_LIMITS.liveWaitingMs) / 1000;
    let frames = this.#waiting.reduce((sum, { samples }) => sum + samples.length / CHANNELS, 0);
    while (frames > most) {
      const dropped = (this.#waiting.shift()?.samples.length ?? 0) / CHANNELS;
      this.#droppedFrames += dropped;
      frames -= dropped;
    }
  }
}
