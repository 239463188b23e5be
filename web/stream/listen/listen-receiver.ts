import { weir } from '#proto';
import { type ArrivedPacket, MissingPackets } from '../../../server/stream/jitter/missing-packets.js';
import type { HostedStream, StreamOrder } from '../../net/messages.js';
import type { Failure } from '../../session/failure.js';
import type { Session } from '../../session/session.js';
import { StartBacklog } from '../../../server/stream/jitter/start-backlog.js';
import { LastingStream } from '../lasting-stream.js';
import { CHANNELS, LISTEN_LIMITS, PLAY_LIMITS, RATE } from '../limits.js';
import { isLoopback, wireFormatFor } from '../samples.js';
import { CaptureAge } from './capture-age.js';
import { ListenClock } from './listen-clock.js';
import type { FromWorklet } from './listen-messages.js';
import type { ListenOrder, ListenPhase, ListenStatus, ListenWish, WayHere } from './listen-order.js';
import { PacketQueue } from './packet-queue.js';
import { canDecodeOpus, OpusDecoder, PcmDecoder, type SoundDecoder } from './sound-decoder.js';

const { Codec, Direction, Purpose, StreamEvent, Transport } = weir.v1;

/** Opus where it crosses a network, else samples as they are; what a person asked for beats both. */
async function wantsOpus({ codec }: ListenWish): Promise<boolean> {
  const wanted = codec === 'opus' || (codec === 'auto' && !isLoopback(location.hostname));
  return wanted && (await canDecodeOpus());
}

/** The worker's side of listening: packets of the server's, decoded, to the worklet. */
export class ListenReceiver implements HostedStream {
  readonly #session: Session;
  readonly #order: ListenOrder;
  readonly #tell: (status: ListenStatus) => void;
  readonly #stream: LastingStream;
  readonly #queue: PacketQueue | undefined;
  readonly #clock: ListenClock;
  readonly #age = new CaptureAge();
  readonly #format = wireFormatFor(location.hostname);
  readonly #missing = new MissingPackets(RATE);
  /** First frames of packets that were missed before, on their way through the decoder. */
  readonly #again = new Set<number>();
  #backlog = new StartBacklog(RATE);
  #decoder: SoundDecoder | undefined;
  /** The browser's Opus decoder gave up: there will be no other. */
  #opusFailed = false;
  #life = 0;
  #mixMinus: boolean;
  #phase: ListenPhase = 'opening';
  #failure: Failure | undefined;
  #droppedFrames = 0;
  #toldMs = 0;

  constructor(session: Session, order: ListenOrder, tell: (status: ListenStatus) => void) {
    this.#session = session;
    this.#order = order;
    this.#tell = tell;
    this.#mixMinus = order.mixMinus;
    this.#clock = new ListenClock(order.contextRate, order.wish.purpose, order.wish.latencyMs);
    this.#queue = order.memory && new PacketQueue(order.memory);
    if (this.#queue) void this.#watch(this.#queue);
    else order.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#asked(data);
    this.#stream = new LastingStream(session, order.seed, {
      wanted: () => this.#wanted(),
      opened: (opened) => this.#opened(opened),
      // Its frames go on.
      moved: () => this.#say(),
      lost: () => this.#become('reconnecting'),
      ended: (failure) => this.#end(failure),
      event: (event) => this.#event(event),
      audio: (packet) => this.#packet(packet),
    });
    void this.#stream.open();
  }

  order(order: StreamOrder): void {
    if (order.to === 'stop') this.#stop();
    if (order.to === 'mix-minus') this.#setMixMinus(order.mixMinus);
  }

  #setMixMinus(mixMinus: boolean): void {
    if (this.#phase === 'ended' || this.#mixMinus === mixMinus) return;
    this.#mixMinus = mixMinus;
    void this.#stream.open();
  }

  #stop(): void {
    this.#stream.close();
    this.#end(undefined);
  }

  async #wanted(): Promise<Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'>> {
    const { device, wish } = this.#order;
    const talk = wish.purpose === 'talk';
    const { talkLatencyUs, musicLatencyUs, talkOpusFrameUs, musicOpusFrameUs } = LISTEN_LIMITS;
    const opus = !this.#opusFailed && (await wantsOpus(wish));
    return {
      direction: Direction.RECORD,
      name: `Listening to ${device}`,
      device,
      format: this.#format,
      rate: RATE,
      channels: CHANNELS,
      latencyUs: talk ? talkLatencyUs : musicLatencyUs,
      transport: Transport.COPIES,
      mixMinus: this.#mixMinus,
      purpose: talk ? Purpose.TALK : Purpose.MUSIC,
      codec: opus ? Codec.OPUS : Codec.PCM,
      ...(opus && {
        opus: { frameUs: talk ? talkOpusFrameUs : musicOpusFrameUs, bitrate: PLAY_LIMITS.opusBitrate, lowDelay: talk },
      }),
    };
  }

  #opened({ codec }: weir.v1.StreamOpened.$Properties): void {
    this.#begin(codec === Codec.OPUS ? 'opus' : 'pcm');
    this.#become('listening');
  }

  /** Another life of the stream: its frames count from elsewhere. */
  #begin(codec: SoundDecoder['codec']): void {
    const life = ++this.#life;
    const deliver = (frame: number, samples: Float32Array<ArrayBuffer>): void => {
      if (life === this.#life) this.#deliver(frame, samples);
    };
    this.#decoder?.close();
    this.#clock.restarted();
    this.#missing.reset();
    this.#again.clear();
    this.#age.reset();
    this.#backlog = new StartBacklog(RATE);
    this.#decoder =
      codec === 'pcm' ? new PcmDecoder(this.#format, deliver) : new OpusDecoder(deliver, () => this.#giveUpOpus());
  }

  #giveUpOpus(): void {
    this.#opusFailed = true;
    if (this.#phase !== 'ended') void this.#stream.open();
  }

  #packet({ frame: first, captureUs, data, again: missed }: weir.v1.AudioPacket.$Properties): void {
    const frame = first ?? 0;
    const again = missed ?? false;
    const frames = (data && this.#decoder?.framesOf(data)) ?? 0;
    // Where the network loses some, packets may come twice.
    if (!data || !this.#decoder || frames === 0 || this.#missing.has({ frame, frames })) return;
    const capturedUs = captureUs ? this.#session.clock.toLocalUs(captureUs) : undefined;
    if (capturedUs !== undefined) this.#age.captured(frame, capturedUs);
    const { skew } = this.#session;
    if (captureUs && skew) this.#clock.captured(frame, captureUs, skew);
    const nowMs = performance.now();
    if (!this.#backlog.isOver(frame + frames, nowMs)) return;
    const { spareMs, awaitedNext } = this.#clock.timeliness(frame + frames, nowMs * 1e6);
    this.#ask({ frame, frames, again, inTime: spareMs > 0, awaitedNext }, nowMs);
    if (again && spareMs > 0) this.#again.add(frame);
    // What is missing before it would be heard one packet sooner.
    const waitMs = spareMs - (frames * 1000) / RATE;
    this.#decoder.decode(frame, data, Math.max(LISTEN_LIMITS.reorderMs, waitMs));
  }

  /** For what is missing before this packet; by the way that sound takes: later it is of no use. */
  #ask(packet: ArrivedPacket, nowMs: number): void {
    const stream = this.#stream.number;
    for (const missing of this.#missing.note(packet, nowMs)) {
      if (this.#session.losesSound) this.#session.sendSound({ missing: { stream, ...missing } });
    }
  }

  /** A packet is here when its sound is. */
  #deliver(frame: number, samples: Float32Array<ArrayBuffer>): void {
    const frames = samples.length / CHANNELS;
    const us = performance.now() * 1000;
    this.#clock.arrived(frame + frames, frames, us * 1000, this.#wasMissed(frame));
    this.#age.arrived(frame + frames, us);
    const schedule = this.#clock.schedule();
    if (schedule && !this.#bring({ life: this.#life, frame, ...schedule }, samples)) this.#droppedFrames += frames;
    if (performance.now() - this.#toldMs > PLAY_LIMITS.statusMs) this.#say();
  }

  /** The decoder goes by the order: what began before `frame` and is not here was left out. */
  #wasMissed(frame: number): boolean {
    const missed = this.#again.delete(frame);
    for (const first of this.#again) if (first < frame) this.#again.delete(first);
    return missed;
  }

  #bring(head: Parameters<PacketQueue['write']>[0], samples: Float32Array<ArrayBuffer>): boolean {
    if (this.#queue) return this.#queue.write(head, samples);
    const own = samples.byteLength === samples.buffer.byteLength ? samples : samples.slice();
    this.#order.port.postMessage({ head, samples: own }, [own.buffer]);
    return true;
  }

  /** Follows the context's clock, as often as it asks for sound. */
  async #watch(queue: PacketQueue): Promise<void> {
    for (let [seen, frame] = [0, 0]; ;) {
      const now = await queue.whenAsked(seen);
      if (this.#phase === 'ended') return;
      frame += (now - seen) | 0;
      seen = now;
      this.#asked(frame);
    }
  }

  #asked(contextFrame: number): void {
    this.#clock.asked(contextFrame, performance.now() * 1e6);
  }

  #event(event: weir.v1.StreamEvent.$Properties): void {
    if (event.kind === StreamEvent.Kind.DROPPED) this.#droppedFrames += event.frames ?? 0;
    this.#say();
  }

  #end(failure: Failure | undefined): void {
    if (this.#phase === 'ended') return;
    this.#failure = failure;
    this.#decoder?.close();
    this.#order.port.close();
    this.#become('ended');
    this.#queue?.wake();
  }

  #become(phase: ListenPhase): void {
    this.#phase = phase;
    this.#say();
  }

  get #way(): WayHere | undefined {
    const ageUs = this.#age.leastUs;
    const { roundTripUs } = this.#session.clock;
    if (ageUs === undefined || roundTripUs === undefined) return undefined;
    const networkUs = Math.min(roundTripUs / 2, ageUs);
    return { serverMs: (ageUs - networkUs) / 1000, networkMs: networkUs / 1000, burstMs: this.#clock.burstMs };
  }

  #say(): void {
    this.#toldMs = performance.now();
    this.#tell({
      of: 'listen',
      phase: this.#phase,
      codec: this.#decoder?.codec ?? 'pcm',
      way: this.#way,
      droppedFrames: this.#droppedFrames,
      latePackets: this.#decoder?.latePackets ?? 0,
      failure: this.#failure,
    });
  }
}
