import type { Address } from '../../native-shim/library.js';
import { copyFrames, limiter, measure, zeroFrames } from '../../native-shim/kernels.js';
import { type FrameSpec, SAMPLE_BYTES } from '../device/output-driver.js';
import type { BlockWriter } from './blocks.js';
import { LOOK_AHEAD_FRAMES, RAMP_MS } from './limits.js';
import { MixMinus } from './mix-minus.js';
import type { Order, TapOrder } from './orders.js';
import { OutputGain } from './output-gain.js';
import { Quantizer } from './quantizer.js';
import type { QuantumTime } from './quantum-time.js';
import type { Scratch } from './scratch.js';
import { Solo } from './solo.js';
import { Taps } from './taps.js';
import { Voice } from './voice.js';

/** Everything of one output between the rings and the device: voices in, limited mix out, listeners served. */
export class Mixer {
  quantumFrames = 0;
  readonly #device: FrameSpec;
  readonly #frameBytes: number;
  readonly #scratch: Scratch;
  readonly #blocks: BlockWriter;
  readonly #limiter: Address;
  readonly #quantizer: Quantizer;
  readonly #gain: OutputGain;
  readonly #taps: Taps;
  #voices: Voice[] = [];
  #minus: MixMinus[] = [];
  #solos: Solo[] = [];
  /** The last quantum was one s32 stream's own samples. */
  #wasExact = false;
  /** Quanta in a row without a voice; the first still gives out what the limiter holds. */
  #quietQuanta = 0;
  /** This quantum is more than one stream's own samples. */
  #touched = false;
  #meterFrames = 0;
  /** Nothing was rendered yet. */
  #fresh = true;

  constructor(device: FrameSpec, scratch: Scratch, blocks: BlockWriter) {
    this.#device = device;
    this.#frameBytes = device.channels * SAMPLE_BYTES[device.format];
    this.#scratch = scratch;
    this.#blocks = blocks;
    const made = limiter.create(device.channels, device.rate);
    if (made === null) throw new Error('limiter: no memory');
    this.#limiter = made;
    this.#gain = new OutputGain(device.channels);
    this.#quantizer = new Quantizer(scratch.dither);
    this.#taps = new Taps(device, blocks);
  }

  /** Carries out what concerns the mix. */
  take(order: Exclude<Order, { kind: 'stop' }>): void {
    switch (order.kind) {
      case 'play':
        this.#voices.push(new Voice(order, this.#device, this.#scratch, this.#blocks));
        return;
      case 'tap':
        this.#tapsFor(order).add(order, this.quantumFrames);
        return;
      case 'detach':
        return this.#detach(order.slot);
      case 'gain':
        return this.#voice(order.slot)?.setGain(order.gain);
      case 'pause':
        return this.#voice(order.slot)?.setPaused(order.paused);
      case 'drain':
        return this.#voice(order.slot)?.drain();
      case 'skip':
        return this.#voice(order.slot)?.skip(order.frame);
      case 'balance':
        return this.#voice(order.slot)?.setBalance(order.gains);
      case 'fill':
        return this.#voice(order.slot)?.setFill(order.fillFrames, order.startFrames);
      case 'output-gain':
        // A thread that takes over from another begins where the fader stands.
        if (this.#fresh) return this.#gain.jump(order.gains);
        return this.#gain.aim(order.gains, Math.round((this.#device.rate * RAMP_MS) / 1000));
      case 'quantum':
        this.quantumFrames = order.frames;
    }
  }

  /** Mixes one quantum; the address of its frames in the device's format. */
  render(time: QuantumTime): Address {
    const { mix, device } = this.#scratch;
    const frames = this.quantumFrames;
    this.#fresh = false;
    zeroFrames(mix.address, 0, this.#device.channels * 4, frames);
    const heard = this.#mixVoices(time);
    this.#quietQuanta = heard === 0 ? this.#quietQuanta + 1 : 0;
    if (this.#quietQuanta > 1) this.#beSilent(time);
    else this.#finish(heard, time);
    this.#publishMeters();
    return device;
  }

  /** Voices that faded out in this quantum are let go. */
  dropReleased(): void {
    const { length } = this.#voices;
    let any = false;
    for (let i = 0; i < length; i++) any = any || this.#voices[i]?.released === true;
    if (!any) return;
    for (const voice of this.#voices) if (voice.released) this.#blocks.released(voice.slot);
    this.#voices = this.#voices.filter((voice) => !voice.released);
  }

  free(): void {
    this.#taps.free();
    for (const minus of this.#minus) minus.free();
    for (const solo of this.#solos) solo.free();
    limiter.free(this.#limiter);
  }

  /** Voices heard in this quantum. */
  #mixVoices(time: QuantumTime): number {
    const { mix, exact } = this.#scratch;
    const voices = this.#voices;
    const frames = this.quantumFrames;
    const wantExact = this.#device.format === 's32';
    let heard = 0;
    let touched = !this.#gain.unity;
    for (let i = 0; i < this.#minus.length; i++) this.#minus[i]?.bus.begin(frames);
    for (let i = 0; i < this.#solos.length; i++) this.#solos[i]?.begin(frames);
    for (let i = 0; i < voices.length; i++) {
      const voice = voices[i];
      if (voice === undefined) continue;
      const minus = this.#minus.length === 0 ? undefined : this.#findMinus(voice.client);
      const exactTarget = wantExact && voice.sameShape && !touched && heard === 0 ? exact : 0n;
      const solo = this.#solos.length === 0 ? undefined : this.#findSolo(voice.stream);
      const target = minus?.bus.address ?? mix.address;
      const isHeard = voice.render(solo?.target ?? target, frames, time, exactTarget);
      solo?.join(target, frames, voice);
      if (!isHeard) continue;
      heard++;
      touched = touched || voice.touched || heard > 1;
    }
    for (let i = 0; i < this.#minus.length; i++) this.#minus[i]?.bus.join(mix.address, frames);
    for (let i = 0; i < this.#solos.length; i++) this.#solos[i]?.hear(frames, time.nowNs);
    this.#touched = touched;
    return heard;
  }

  /** Output gain, limiter, meters, listeners, device format: in this order. */
  #finish(heard: number, time: QuantumTime): void {
    const { mix, device } = this.#scratch;
    const frames = this.quantumFrames;
    for (let i = 0; i < this.#minus.length; i++) this.#minus[i]?.subtract(mix.address, frames);
    this.#applyGain();
    for (let i = 0; i < this.#minus.length; i++) this.#minus[i]?.hear(frames, time.nowNs);
    const exact = this.#device.format === 's32' && heard === 1 && !this.#touched;
    if (this.#device.format === 's32') this.#keepExactTail(exact);
    const limited = limiter.limit(this.#limiter, mix.address, 0, frames);
    measure(this.#scratch.meterAddress(), mix.address, 0, this.#device.channels, frames);
    this.#meterFrames += frames;

    const touched = heard > 0 && (this.#touched || limited < 1);
    this.#quantizer.convert(device, this.#device, mix.address, frames, touched);
    if (this.#device.format === 's32' && limited === 1) this.#putExact(exact);
    this.#wasExact = exact;
    if (!this.#taps.empty) {
      this.#taps.hear(mix.address, touched ? 0n : device, frames, touched, time.nowNs, LOOK_AHEAD_FRAMES);
    }
  }

  #beSilent(time: QuantumTime): void {
    const { mix, device } = this.#scratch;
    const frames = this.quantumFrames;
    if (this.#quietQuanta === 2) limiter.reset(this.#limiter);
    this.#gain.settle();
    this.#wasExact = false;
    this.#meterFrames += frames;
    zeroFrames(device, 0, this.#frameBytes, frames);
    this.#quantizer.rest();
    if (!this.#taps.empty) this.#taps.hear(mix.address, device, frames, false, time.nowNs, LOOK_AHEAD_FRAMES);
    for (let i = 0; i < this.#minus.length; i++) this.#minus[i]?.hearSilence(mix.address, frames, time.nowNs);
  }

  #applyGain(): void {
    const gain = this.#gain;
    const frames = this.quantumFrames;
    if (gain.unity) return;
    gain.scale(this.#scratch.mix.address, frames);
    for (let i = 0; i < this.#minus.length; i++) this.#minus[i]?.scale(gain, frames);
    gain.advance(frames);
  }

  /**
   * s32 is the one format that float cannot carry. The lone stream's own samples replace the converted ones, as late as
   * the limiter makes everything: the frames held back from the quantum before come first, then this quantum's, less
   * its own last ones. The converted frames that go over into an exact quantum are float's, and already made.
   */
  #putExact(exact: boolean): void {
    const { device, exact: own, exactTail } = this.#scratch;
    if (this.#wasExact) copyFrames(device, 0, exactTail, LOOK_AHEAD_FRAMES, this.#frameBytes, LOOK_AHEAD_FRAMES);
    if (exact) {
      const rest = this.quantumFrames - LOOK_AHEAD_FRAMES;
      copyFrames(device, LOOK_AHEAD_FRAMES, own, 0, this.#frameBytes, rest);
    }
  }

  /** Two tails: the one that `putExact` plays now, behind the one that it will play next. */
  #keepExactTail(exact: boolean): void {
    const { exact: own, exactTail } = this.#scratch;
    copyFrames(exactTail, LOOK_AHEAD_FRAMES, exactTail, 0, this.#frameBytes, LOOK_AHEAD_FRAMES);
    if (exact) {
      const rest = this.quantumFrames - LOOK_AHEAD_FRAMES;
      copyFrames(exactTail, 0, own, rest, this.#frameBytes, LOOK_AHEAD_FRAMES);
    }
  }

  /** The main thread asked for meters: what was gathered since it last did. */
  #publishMeters(): void {
    const epoch = this.#blocks.meterEpoch;
    if (epoch === this.#blocks.meterTaken) return;
    const { meters } = this.#scratch;
    this.#blocks.meter(undefined, meters, this.#scratch.meterIndex(), this.#device.channels, this.#meterFrames);
    for (let i = 0; i < this.#voices.length; i++) {
      const voice = this.#voices[i];
      if (voice === undefined) continue;
      this.#blocks.meter(voice.slot, meters, this.#scratch.meterIndex(voice.slot), voice.channels, this.#meterFrames);
    }
    this.#blocks.metersTaken(epoch);
    this.#meterFrames = 0;
  }

  #detach(slot: number): void {
    const voice = this.#voice(slot);
    if (voice) return voice.leave();
    const sides = [...this.#minus, ...this.#solos];
    if (this.#taps.remove(slot) || sides.some(({ taps }) => taps.remove(slot))) this.#blocks.released(slot);
    for (const side of sides) if (side.taps.empty) side.free();
    this.#minus = this.#minus.filter(({ taps }) => !taps.empty);
    this.#solos = this.#solos.filter(({ taps }) => !taps.empty);
  }

  #voice(slot: number): Voice | undefined {
    return this.#voices.find((voice) => voice.slot === slot);
  }

  #tapsFor({ solo, mixMinus, client }: TapOrder): Taps {
    if (solo !== 0) return this.#soloOf(solo).taps;
    return mixMinus ? this.#minusOf(client).taps : this.#taps;
  }

  #findSolo(stream: number): Solo | undefined {
    for (let i = 0; i < this.#solos.length; i++) if (this.#solos[i]?.stream === stream) return this.#solos[i];
    return undefined;
  }

  #soloOf(stream: number): Solo {
    const found = this.#findSolo(stream);
    if (found) return found;
    const made = new Solo(stream, this.#device, this.#blocks);
    this.#solos.push(made);
    return made;
  }

  #findMinus(client: number): MixMinus | undefined {
    for (let i = 0; i < this.#minus.length; i++) if (this.#minus[i]?.client === client) return this.#minus[i];
    return undefined;
  }

  #minusOf(client: number): MixMinus {
    const found = this.#findMinus(client);
    if (found) return found;
    const made = new MixMinus(client, this.#device, this.#blocks);
    this.#minus.push(made);
    return made;
  }
}
