import { randomBytes } from 'node:crypto';
import { weir } from '#proto';
import { Pool } from '../mempool/pool.js';
import { WeirError } from '../observe/errors.js';
import type { FeedPacket } from '../stream/copies/feed-tenant.js';
import type { MissingFrames } from '../stream/jitter/missing-packets.js';
import { ListenStream } from '../stream/listen-path.js';
import { PlaybackStream } from '../stream/playback-path.js';
import { plainRequest } from '../stream/request.js';
import type { Sample } from '../stream/sample.js';
import type { CopiesOutlet, Stream, StreamNews, StreamOwner, StreamRequest } from '../stream/stream.js';
import { type Answer, DONE } from './answer.js';
import { AUDIO_PACKET_LIMIT_BYTES } from './limits.js';
import { parseOpen } from './parse-open.js';
import type { Session } from './session.js';
import { soundMessage } from './sound-message.js';
import { findHeld, type Held } from './take-over.js';
import { CODEC_WORD, TRANSPORT_WORD } from './words.js';

const { Kind } = weir.v1.StreamEvent;

/** The streams of one connection: opened, fed, closed, and heard of. */
export class SessionStreams implements StreamOwner, CopiesOutlet {
  canMapMemory = false;
  readonly client: number;
  readonly copies: CopiesOutlet = this;
  party: number;
  readonly #session: Session;
  readonly #streams = new Map<number, Stream>();
  readonly #pools: { playback: Pool; record: Pool };

  constructor(session: Session) {
    this.#session = session;
    this.client = session.client;
    this.party = session.client;
    const { quota } = session;
    const { uid } = session.peer;
    const peer = uid === undefined ? undefined : { uid, kept: session.house.keptMemory };
    this.#pools = { playback: new Pool(quota, peer), record: new Pool(quota, peer) };
  }

  get all(): Iterable<Stream> {
    return this.#streams.values();
  }

  get count(): number {
    return this.#streams.size;
  }

  request(message: weir.v1.ClientMessage): Answer {
    switch (message.body) {
      case 'openStream':
        return this.#open(message.requestId, message.openStream ?? {});
      case 'closeStream':
        return this.#withStream(message.closeStream?.stream, (stream) => {
          this.#close(stream);
          return DONE;
        });
      case 'pauseStream':
        return this.#withStream(message.pauseStream?.stream, (stream) => {
          stream.setPaused(message.pauseStream?.paused ?? false);
          this.#session.house.mixerFeed.touch();
          return DONE;
        });
      case 'drainStream':
        return this.#withStream(message.drainStream?.stream, (stream) => this.#drain(message.requestId, stream));
      case 'audio':
        return this.#audio(message.audio ?? {});
      case 'missing':
        return this.#sendAgain(message.missing ?? {});
      default:
        return new WeirError('BAD_MESSAGE', 'no request about a stream');
    }
  }

  closeAll(): void {
    for (const stream of [...this.#streams.values()]) this.#close(stream);
  }

  tell(stream: Stream, news: StreamNews): void {
    const { house } = this.#session;
    this.#session.send({ streamEvent: { stream: stream.number, ...wordsOf(news) } });
    house.mixerFeed.touch();
    if (news.kind === 'orphaned') house.streams.adopt(stream);
    if (news.kind === 'closed') this.#close(stream, news.why);
  }

  ended(stream: Stream): void {
    this.#close(stream);
  }

  /** Plays a sample once, as a stream of this connection. */
  playSample(sample: Sample, name: string, device: string, volume: number): WeirError | undefined {
    const refused = this.#refuseMore();
    if (refused) return refused;
    const request = plainRequest({
      id: randomBytes(16).toString('hex'),
      direction: 'playback',
      name,
      device,
      spec: sample.spec,
      latencyUs: 0,
      transport: 'ring',
      volume,
      paused: false,
    });
    const stream = this.#session.house.streams.playSample(sample, request, this);
    if (stream instanceof WeirError) return stream;
    this.#keep(stream);
    return undefined;
  }

  grant(stream: Stream, frames: number): void {
    this.#session.send({ grant: { stream: stream.number, frames } });
  }

  hear(stream: Stream, frame: number, packet: FeedPacket, again: boolean): boolean {
    return this.#session.sendSound(() => soundMessage(stream.number, frame, packet, again));
  }

  get losesSound(): boolean {
    return this.#session.losesSound;
  }

  /** By the way that sound takes: what waits behind something else comes too late to be of use. */
  miss(stream: Stream, missing: MissingFrames): void {
    if (!this.losesSound) return;
    const message = { missing: { stream: stream.number, ...missing } };
    this.#session.sendSound(() => weir.v1.ServerMessage.encode(message).finish());
  }

  #open(requestId: number, wish: weir.v1.IOpenStream): Answer {
    const request = parseOpen(wish, this.canMapMemory);
    if (request instanceof WeirError) return request;
    const { house } = this.#session;
    const older = [...this.#streams.values()].find((stream) => stream.request.id === request.id);
    if (older && older.request.epoch >= request.epoch) {
      return new WeirError('STREAM_REPLACED', `epoch ${request.epoch} is not newer than ${older.request.epoch}`);
    }
    const refused = older ? undefined : this.#refuseMore();
    if (refused) return refused;
    const held = request.resume && !older ? findHeld(this.#session, request) : undefined;
    if (held instanceof WeirError) return held;
    if (held) return this.#takeOver(requestId, held, request);
    const stream = house.streams.open(request, this, this.#pools[request.direction]);
    if (stream instanceof WeirError) return stream;
    if (this.#keep(stream) && older) {
      this.tell(older, { kind: 'closed', why: new WeirError('STREAM_REPLACED', 'it was opened again') });
    }
    // Also where nobody hears it any more: it takes the descriptors.
    this.#session.answer(requestId, openedWords(stream, wish.id), stream.opening.fds);
    return 'later';
  }

  #takeOver(requestId: number, { stream, holder }: Held, request: StreamRequest): Answer {
    const refused = stream.handOver?.(this, this.#pools[request.direction], request.epoch);
    if (refused) return refused;
    // Who has nothing of its own yet goes on in its predecessor's place.
    if (this.#streams.size === 0) this.party = holder.party;
    holder.#lose(stream);
    if (!this.#keep(stream)) return 'later';
    stream.setPaused(request.paused);
    const { streamOpened } = openedWords(stream, Buffer.from(request.id, 'hex'));
    const progress = stream instanceof PlaybackStream ? stream.progress : {};
    this.#session.answer(requestId, { streamOpened: { ...streamOpened, ...progress, resumed: true } });
    this.#session.house.mixerFeed.touch();
    return 'later';
  }

  /** Another connection of the same peer has it now: here it has ended. */
  #lose(stream: Stream): void {
    this.#streams.delete(stream.number);
    const why = new WeirError('STREAM_REPLACED', 'another connection goes on with it');
    this.#session.send({ streamEvent: { stream: stream.number, ...wordsOf({ kind: 'closed', why }) } });
  }

  /** False where telling of it has ended the session meanwhile: nobody would close the stream any more. */
  #keep(stream: Stream): boolean {
    this.#streams.set(stream.number, stream);
    if (this.#session.ended) this.#close(stream);
    return !this.#session.ended;
  }

  #refuseMore(): WeirError | undefined {
    const { streams } = this.#session.house.limits;
    return this.#streams.size < streams ? undefined : new WeirError('TOO_MANY_STREAMS', `${streams} streams are open`);
  }

  #drain(requestId: number, stream: Stream): Answer {
    if (!(stream instanceof PlaybackStream)) {
      return new WeirError('DIRECTION_MISMATCH', `stream ${stream.number} has nothing to drain`);
    }
    stream.drain((failure) => {
      this.#session.answer(requestId, failure ?? DONE);
    });
    return 'later';
  }

  /** Sound is not acknowledged: no answer unless it is wrong. */
  #audio({
    stream: number,
    frame,
    data,
    captureUs,
    again,
    parity,
    skewPpb,
    skewErrorPpb,
  }: weir.v1.IAudioPacket): Answer {
    const bytes = data ?? new Uint8Array();
    const sizeBytes = bytes.length + (parity?.length ?? 0);
    if (sizeBytes > AUDIO_PACKET_LIMIT_BYTES) {
      return new WeirError(
        'MESSAGE_TOO_LARGE',
        `an AudioPacket of ${sizeBytes} bytes; ${AUDIO_PACKET_LIMIT_BYTES} is the most`,
      );
    }
    const stream = this.#streams.get(number ?? 0);
    // What was under way when a stream ended is no mistake of its sender.
    if (!stream) return 'later';
    if (!(stream instanceof PlaybackStream)) {
      return new WeirError('DIRECTION_MISMATCH', `stream ${stream.number} takes no sound`);
    }
    // Before its packet: a gap that it fills need not be asked for.
    if (parity && parity.length > 0) stream.mend(frame ?? 0, parity);
    const notes = {
      captureUs: this.#session.clock.toServerUs(captureUs ?? 0),
      again: again ?? false,
      skew: skewErrorPpb ? { skew: (skewPpb ?? 0) / 1e9, error: skewErrorPpb / 1e9 } : undefined,
    };
    return stream.receive(frame ?? 0, bytes, notes) ?? 'later';
  }

  /** As sound, it is not answered: what is not to be had is not worth a word. */
  #sendAgain({ stream: number, fromFrame, toFrame, twice }: weir.v1.IMissing): Answer {
    const stream = this.#streams.get(number ?? 0);
    if (stream && !(stream instanceof ListenStream)) {
      return new WeirError('DIRECTION_MISMATCH', `stream ${stream.number} has no packets to be sent again`);
    }
    stream?.sendAgain({ fromFrame: fromFrame ?? 0, toFrame: toFrame ?? 0, twice: twice ?? false });
    return 'later';
  }

  #withStream(number: number | null | undefined, carryOut: (stream: Stream) => Answer): Answer {
    const stream = this.#streams.get(number ?? 0);
    return stream
      ? carryOut(stream)
      : new WeirError('STREAM_NOT_FOUND', `this connection has no stream ${number ?? 0}`);
  }

  #close(stream: Stream, why?: WeirError): void {
    this.#streams.delete(stream.number);
    this.#session.house.streams.close(stream, why);
  }
}

function openedWords({ number, request, opening, output }: Stream, id: Uint8Array | null | undefined) {
  return {
    streamOpened: {
      stream: number,
      id: id ?? new Uint8Array(),
      transport: TRANSPORT_WORD[request.transport],
      device: request.direction === 'record' ? output?.monitorName : output?.name,
      capacityFrames: opening.capacityFrames,
      controlBytes: opening.controlBytes,
      dataBytes: opening.dataBytes,
      fillFrames: opening.fillFrames,
      quantumFrames: opening.quantumFrames,
      grantedFrames: opening.grantedFrames,
      codec: CODEC_WORD[opening.codec],
    },
  } satisfies weir.v1.IServerMessage;
}

function wordsOf(news: StreamNews): weir.v1.IStreamEvent {
  switch (news.kind) {
    case 'started':
      return { kind: Kind.STARTED };
    case 'starved':
      return { kind: Kind.STARVED, frames: news.frames };
    case 'dropped':
      return { kind: Kind.DROPPED, frames: news.frames, code: news.code };
    case 'moved':
      return { kind: Kind.MOVED, device: news.device };
    case 'timing':
      return { kind: Kind.TIMING, fillFrames: news.fillFrames, quantumFrames: news.quantumFrames };
    case 'orphaned':
      return { kind: Kind.ORPHANED };
    case 'closed':
      return { kind: Kind.CLOSED, code: news.why.code, what: news.why.what };
  }
}
