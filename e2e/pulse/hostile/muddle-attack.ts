import type { CommandName, RequestBody } from '../../../server/carrier/pulse/wire/requests.js';
import { proplistOf } from '../../../server/carrier/pulse/wire/values/proplist.js';
import type { Attack } from '../../hostile/attack.js';
import { randomness } from '../../hostile/randomness.js';
import { frame } from '../frames.js';
import { playing, recording } from '../opening.js';
import { RawPulse } from '../raw-pulse.js';

const SEED = 20_240_301;
const STEPS = 2500;
const STEPS_AT_ONCE = 20;
/** Between them the server's engine has time to do what it was told. */
const PAUSE_MS = 2;
const CHANNELS = 6;
const FORMATS = ['u8', 'aLaw', 's16le', 's16be', 'float32le', 's24le', 's32be'] as const;
const RATES = [8000, 44_100, 48_000, 192_000];
/** What a field of 32 bits may hold: nothing, little, usual, and its end. */
const SIZES = [undefined, 0, 1, 3, 4, 960, 19_200, 65_536, 4_194_304, 0x7fff_ffff, 0xffff_fffe];
const OFFSETS = [0n, 4n, -4n, 3n, 65_536n, -65_536n, 2n ** 31n, 2n ** 52n, -(2n ** 52n), 2n ** 62n];
const DEVICES = ['hall', 'yard', 'nowhere', '0', '1', '@DEFAULT_SINK@'];

/** Requests that are each as they should be, in no order that makes sense, for streams that are there or not. All of it is silent. */
class Muddler {
  readonly #socket: string;
  readonly #random = randomness(SEED);
  #client: RawPulse;
  /** Of streams that it opened, some of which are gone. */
  readonly #numbers: number[] = [1_000_000];
  ended = 0;

  constructor(socket: string) {
    this.#socket = socket;
    this.#client = RawPulse.greeted(socket);
  }

  step(): void {
    const step = this.#pick(this.#steps);
    step();
  }

  /** Reads what was answered; a connection that ended is followed by the next. */
  catchUp(): void {
    if (!this.#client.listen(PAUSE_MS)) return;
    this.#client.close();
    this.ended++;
    this.#client = RawPulse.greeted(this.#socket);
  }

  /** Leaves in the middle of it all. */
  leave(): void {
    this.#client.close();
    this.#client = RawPulse.greeted(this.#socket);
  }

  get alive(): boolean {
    return this.#client.alive;
  }

  readonly #steps: readonly (() => void)[] = [
    () => this.#openPlayback(),
    () => this.#openPlayback(),
    () => this.#openRecord(),
    () => this.#sound(),
    () => this.#sound(),
    () => this.#sound(),
    () => this.#tell('CORK_PLAYBACK_STREAM', { channel: this.#channel, corked: this.#odds }),
    () => this.#tell('CORK_RECORD_STREAM', { channel: this.#channel, corked: this.#odds }),
    () => this.#tell('FLUSH_PLAYBACK_STREAM', { channel: this.#channel }),
    () => this.#tell('FLUSH_RECORD_STREAM', { channel: this.#channel }),
    () => this.#tell('TRIGGER_PLAYBACK_STREAM', { channel: this.#channel }),
    () => this.#tell('PREBUF_PLAYBACK_STREAM', { channel: this.#channel }),
    () => this.#tell('DRAIN_PLAYBACK_STREAM', { channel: this.#channel }),
    () => this.#tell('GET_PLAYBACK_LATENCY', { channel: this.#channel, clientTimeUs: 1 }),
    () => this.#tell('GET_RECORD_LATENCY', { channel: this.#channel, clientTimeUs: 1 }),
    () =>
      this.#tell('SET_PLAYBACK_STREAM_BUFFER_ATTR', { channel: this.#channel, ...this.#playbackAttr, ...this.#wish }),
    () => this.#tell('SET_RECORD_STREAM_BUFFER_ATTR', { channel: this.#channel, ...this.#recordAttr, ...this.#wish }),
    () => this.#tell('MOVE_SINK_INPUT', { index: this.#number, device: this.#device }),
    () => this.#tell('MOVE_SOURCE_OUTPUT', { index: this.#number, device: this.#device }),
    () => this.#tell('SET_SINK_INPUT_VOLUME', { index: this.#number, volume: this.#odds ? [0] : [0, 0] }),
    () => this.#tell('SET_SOURCE_OUTPUT_VOLUME', { index: this.#number, volume: [this.#random(0x7fff_ffff)] }),
    () => this.#tell('SET_SINK_INPUT_MUTE', { index: this.#number, muted: this.#odds }),
    () => this.#tell('KILL_SINK_INPUT', { index: this.#number }),
    () => this.#tell('KILL_SOURCE_OUTPUT', { index: this.#number }),
    () => this.#tell('DELETE_PLAYBACK_STREAM', { channel: this.#channel }),
    () => this.#tell('DELETE_RECORD_STREAM', { channel: this.#channel }),
    () => this.#tell('DELETE_UPLOAD_STREAM', { channel: this.#channel }),
    () => this.#tell('FINISH_UPLOAD_STREAM', { channel: this.#channel }),
    () => this.#upload(),
    () => this.#tell('REMOVE_SAMPLE', { name: 'muddle' }),
    () => this.#tell('SUBSCRIBE', { mask: this.#random(0x300) & 0x2ff }),
    () => this.#tell('GET_SINK_INPUT_INFO_LIST', undefined),
  ];

  #openPlayback(): void {
    const spec = { format: this.#pick(FORMATS), channels: 1 + this.#random(8), rate: this.#pick(RATES) };
    const opened = this.#client.ask(
      'CREATE_PLAYBACK_STREAM',
      playing({
        ...{ spec, ...this.#playbackAttr, ...this.#wish },
        ...{ corked: this.#odds, syncId: this.#random(3), sink: this.#device },
      }),
    );
    if (typeof opened !== 'string') this.#numbers.push(opened.sinkInput);
  }

  #openRecord(): void {
    const spec = { format: this.#pick(FORMATS), channels: 1 + this.#random(8), rate: this.#pick(RATES) };
    const directOnInput = this.#random(4) === 0 ? this.#number : undefined;
    const meter = { spec: { format: 'float32le', channels: 1, rate: 25 }, peakDetect: true, directOnInput } as const;
    const asked = this.#odds ? meter : { spec };
    const opened = this.#client.ask(
      'CREATE_RECORD_STREAM',
      recording({ ...asked, ...this.#recordAttr, ...this.#wish }),
    );
    if (typeof opened !== 'string') this.#numbers.push(opened.sourceOutput);
  }

  #sound(): void {
    const offset = this.#odds ? 0n : this.#pick(OFFSETS);
    const bytes = new Uint8Array(1 + this.#random(20_000));
    this.#client.send(frame(bytes, { channel: this.#channel, offset, flags: this.#odds ? 0 : this.#random(4) }));
  }

  #upload(): void {
    const spec = { format: 's16le', channels: 2, rate: 48_000 } as const;
    this.#tell('CREATE_UPLOAD_STREAM', { name: 'muddle', spec, map: [1, 2], lengthBytes: 4096, properties: NOTHING });
  }

  /** An answer that is a refusal is one as well; it is read with the others. */
  #tell<N extends CommandName>(name: N, body: RequestBody<N>): void {
    this.#client.tell(name, body);
  }

  get #playbackAttr() {
    return {
      maxLengthBytes: this.#pick(SIZES),
      targetLengthBytes: this.#pick(SIZES),
      prebufBytes: this.#pick(SIZES),
      minRequestBytes: this.#pick(SIZES),
    };
  }

  get #recordAttr() {
    return { maxLengthBytes: this.#pick(SIZES), fragmentBytes: this.#pick(SIZES) };
  }

  get #wish() {
    return { adjustLatency: this.#odds, earlyRequests: this.#odds };
  }

  get #device() {
    return { index: undefined, name: this.#pick(DEVICES) };
  }

  get #channel(): number {
    return this.#random(CHANNELS);
  }

  get #number(): number {
    return this.#pick(this.#numbers.slice(-2 * CHANNELS));
  }

  get #odds(): boolean {
    return this.#random(2) === 0;
  }

  #pick<T>(among: readonly T[]): T {
    return among[this.#random(among.length)] as T; // of a list that is not empty
  }
}

const NOTHING = proplistOf({});

function muddle(socket: string): unknown {
  const muddler = new Muddler(socket);
  for (let step = 1; step <= STEPS; step++) {
    muddler.step();
    if (step % STEPS_AT_ONCE === 0) muddler.catchUp();
    if (step % 500 === 0) muddler.leave();
  }
  return { ended: muddler.ended, alive: muddler.alive };
}

export const muddleAttacks = { 'a muddle of requests': muddle } satisfies Record<string, Attack>;
