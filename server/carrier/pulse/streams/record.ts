import { emptyStatus, RecordReader, StatusReader, WakeRequest } from '../../../mempool/ring.js';
import { WeirError } from '../../../observe/errors.js';
import type { RecordStream } from '../../../stream/record-path.js';
import type { StreamNews } from '../../../stream/stream.js';
import { byteRateOf } from '../buffer/playback-attr.js';
import { type GrantedRecord, type RecordWish, settleRecord } from '../buffer/record-attr.js';
import type { RecordBuffer } from '../buffer/record-buffer.js';
import type { ChargedProplist } from '../charged-proplist.js';
import type { FlowInfo } from '../describe/streams.js';
import { Balance } from '../describe/volumes.js';
import { UNSENT_PAUSE_BYTES } from '../limits.js';
import type { Placing } from '../formats/placing.js';
import type { PulseClient } from '../pulse-client.js';
import type { RecordLatency } from '../wire/messages/stream-control.js';
import type { PcmShape } from '../wire/values/format-info.js';
import type { Proplist } from '../wire/values/proplist.js';
import { frameBytesOf } from '../wire/values/sample-spec.js';
import type { ChannelVolumes } from '../wire/values/volume.js';
import { LevelTap } from './level-tap.js';
import { engineWishUs, grantedUs } from './latency-wish.js';
import { RecordLevel } from './record-level.js';
import type { RecordStage } from './record-stage.js';
import { wallClockUs } from './wall-clock.js';
import { wireRecordAttr } from './wire-attr.js';

export interface RecordParts {
  readonly client: PulseClient;
  readonly channel: number;
  readonly stream: RecordStream;
  readonly buffer: RecordBuffer;
  readonly shape: PcmShape;
  readonly placing: Placing;
  readonly wish: RecordWish;
  readonly said: ChargedProplist;
  readonly stage: RecordStage;
  /** It ends where its output lets go of the device. */
  readonly failsOnSuspend: boolean;
}

const READ_BYTES = 16 * 1024;
/** One for all: what is read is taken on before the next is. */
const scratch = new Uint8Array(READ_BYTES);

/**
 * A client's record stream:
 *
 *   tap on the engine ──▶ ring ──▶ buffer ──▶ fragments in the connection's frames
 */
export class PulseRecord implements FlowInfo {
  readonly direction = 'record';
  readonly channel: number;
  readonly failsOnSuspend: boolean;
  readonly stream: RecordStream;
  readonly shape: PcmShape;
  readonly said: ChargedProplist;
  corked: boolean;
  attr: GrantedRecord;
  readonly #client: PulseClient;
  readonly #buffer: RecordBuffer;
  #wish: RecordWish;
  readonly #frameBytes: number;
  readonly #level: RecordLevel;
  readonly #stage: RecordStage;
  readonly #rate: number;
  readonly #reader: RecordReader;
  readonly #wake: WakeRequest;
  readonly #page: StatusReader;
  readonly #status = emptyStatus();
  readonly #send = (bytes: Uint8Array): number => {
    this.#client.connection.out.sound(this.channel, bytes.length).set(bytes);
    this.#client.pulse.turn.add(this.#client.connection);
    return bytes.length;
  };
  readonly #append = (bytes: Uint8Array): number => {
    this.#buffer.append(bytes);
    return bytes.length / this.#frameBytes;
  };
  #tap: LevelTap | undefined;
  #closed = false;

  constructor({ client, channel, stream, buffer, shape, placing, wish, said, stage, failsOnSuspend }: RecordParts) {
    this.failsOnSuspend = failsOnSuspend;
    this.channel = channel;
    this.stream = stream;
    this.shape = shape;
    this.said = said;
    this.corked = stream.request.paused;
    this.#client = client;
    this.#buffer = buffer;
    this.#wish = wish;
    this.#frameBytes = frameBytesOf(shape.spec);
    this.#level = new RecordLevel(placing, shape.spec.channels);
    this.#stage = stage;
    this.#rate = shape.spec.rate;
    this.#reader = new RecordReader(stream.memory, stream.opening.quantumFrames);
    this.#wake = new WakeRequest(stream.memory);
    this.#page = new StatusReader(stream.memory);
    this.attr = this.#settle();
    buffer.resize(this.attr);
    this.serve();
  }

  get volumes(): ChannelVolumes {
    return this.#level.volumes;
  }

  get muted(): boolean {
    return this.#level.muted;
  }

  get properties(): Proplist {
    return this.said.value;
  }

  get queuedUs(): number {
    return Math.round((this.#buffer.lengthBytes * 1e6) / (this.#frameBytes * this.#rate));
  }

  /** Takes what was recorded out of the ring and sends what makes whole fragments, as far as the client reads. */
  serve(): void {
    if (this.#closed) return;
    const { ringFrameBytes } = this.#stage;
    for (let frames = 1; frames > 0;) {
      frames = this.#reader.read(scratch);
      if (frames > 0 && !this.corked) {
        const bytes = scratch.subarray(0, frames * ringFrameBytes);
        this.#level.apply(bytes, this.stream.request.spec);
        this.#stage.fromRing(bytes, this.#append);
      }
    }
    while (this.#client.connection.out.length < UNSENT_PAUSE_BYTES && this.#buffer.takeFragments(this.#send));
    if (this.corked) return;
    const missing = Math.ceil(this.#buffer.missingBytes / this.#frameBytes);
    const missingFrames = this.#stage.ringFramesOf(missing);
    // A fragment may be longer than the ring: what is there is taken in time.
    const mostFrames = this.stream.memory.capacityFrames >> 2;
    this.#wake.ask(Math.min(Math.max(1, missingFrames), mostFrames));
  }

  cork(corked: boolean): void {
    // Nothing older than the request is heard after it.
    this.serve();
    this.corked = corked;
    if (!this.#tap) this.stream.setPaused(corked);
    if (!corked) this.flush();
    this.#client.house.mixerFeed.touch();
  }

  flush(): void {
    this.serve();
    this.#buffer.flush();
  }

  latency(clientTimeUs: number): RecordLatency {
    this.serve();
    this.#page.read(this.#status);
    const us = (frames: number) => Math.round((frames * 1e6) / this.#rate);
    return {
      monitorLatencyUs: this.stream.output?.deviceDelayUs ?? 0,
      latencyUs: us(this.#status.delayFrames) + this.queuedUs,
      playing: !this.corked,
      clientTimeUs,
      serverTimeUs: wallClockUs(),
      writeIndex: this.#buffer.writeIndex,
      readIndex: this.#buffer.readIndex,
    };
  }

  setAttr(wish: RecordWish): GrantedRecord {
    this.#wish = wish;
    this.attr = this.#settle((deviceUs) => this.stream.setLatency(engineWishUs(deviceUs)));
    this.#buffer.resize(this.attr);
    this.serve();
    return this.attr;
  }

  setVolumes(volumes: ChannelVolumes): WeirError | undefined {
    const balance = Balance.of(volumes, this.shape.spec.channels);
    if (balance instanceof WeirError) return balance;
    this.#level.set(volumes, balance);
    this.#changed();
    return undefined;
  }

  setMuted(muted: boolean): WeirError | undefined {
    this.#level.mute(muted);
    this.#changed();
    return undefined;
  }

  /** As of playback: a monitor stands still with its output. */
  tellSuspended(suspended: boolean): void {
    this.#client.say('RECORD_STREAM_SUSPENDED', { channel: this.channel, suspended });
  }

  hear(news: StreamNews): void {
    if (news.kind === 'moved') this.#moved();
    else if (news.kind === 'closed') this.#client.say('RECORD_STREAM_KILLED', { channel: this.channel });
    else if (news.kind === 'timing') this.#reader.quantumFrames = news.quantumFrames;
    this.serve();
  }

  /** It hears the meter of one stream and not the monitor. */
  meter(stream: number): void {
    this.stream.setPaused(true);
    this.#tap = new LevelTap(this.#client.house.meterFeed, stream, this.#rate, (peak) => {
      if (this.corked) return;
      this.#append(peak);
      this.serve();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tap?.close();
    this.#buffer.free();
    this.said.free();
  }

  #settle(ask?: (deviceUs: number) => void): GrantedRecord {
    return settleRecord(this.#wish, byteRateOf(this.shape.spec), (wantedUs) => {
      if (wantedUs !== undefined) ask?.(wantedUs);
      const { output } = this.stream;
      const quantumUs = output ? Math.round((output.quantumFrames * 1e6) / output.rate) : 0;
      return wantedUs === undefined ? quantumUs : grantedUs(wantedUs, quantumUs);
    });
  }

  #moved(): void {
    const { output } = this.stream;
    if (!output) return;
    this.attr = this.#settle();
    this.#client.say('RECORD_STREAM_MOVED', {
      channel: this.channel,
      source: this.#client.view.indexOf(output),
      sourceName: output.monitorName,
      suspended: output.suspended,
      ...wireRecordAttr(this.attr),
    });
  }

  #changed(): void {
    this.#client.pulse.subscriptions.changed('SOURCE_OUTPUT', this.stream.number);
  }
}
