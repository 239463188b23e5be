import type { Output } from '../../engine/output.js';
import { WeirError } from '../../observe/errors.js';
import { may, type Verb } from '../../policy/may.js';
import type { Guest } from '../../session/guest.js';
import type { House } from '../../session/house.js';
import type { Direction, Stream } from '../../stream/stream.js';
import { type DeviceRef, targetOf } from './wire/values/device-ref.js';

const OWN_UID = process.geteuid?.() ?? -1;

/**
 * The house as one client may see it. What is hidden is not there: it is in no list, and its index is answered as one that never
 * was. Whoever may not look sees itself and its own streams; who may not choose, the default output alone.
 *
 * Sink n and its monitor, source n, are the n-th output; streams and clients have the numbers that the mixer shows.
 */
export class View {
  readonly #house: House;
  readonly #guest: Guest;

  constructor(house: House, guest: Guest) {
    this.#house = house;
    this.#guest = guest;
  }

  refusal(verb: Verb): WeirError | undefined {
    return may(this.#guest.peer, verb, OWN_UID);
  }

  may(verb: Verb): boolean {
    return this.refusal(verb) === undefined;
  }

  get sinks(): readonly Output[] {
    const { outputs } = this.#house;
    if (this.may('choose')) return outputs.all;
    return outputs.default ? [outputs.default] : [];
  }

  /** Outputs whose monitors it may know of: a source is there to be recorded from. */
  get sources(): readonly Output[] {
    return this.may('record') ? this.sinks : [];
  }

  /** What a program records from that names nothing: a microphone where there is one, else what is heard. */
  get defaultSource(): Output | undefined {
    const { sources } = this;
    const { outputs } = this.#house;
    return sources.find(({ spec, lost }) => spec.microphone && !lost) ?? sources.find((one) => one === outputs.default);
  }

  get guests(): readonly Guest[] {
    return Array.from(this.#house.reception.all).filter((other) => this.#shows(other));
  }

  streams(direction: Direction): readonly Stream[] {
    return Array.from(this.#house.streams.all).filter(
      (stream) => stream.request.direction === direction && this.sees(stream),
    );
  }

  sees(stream: Stream): boolean {
    return this.owns(stream) || this.may('look');
  }

  owns(stream: Stream): boolean {
    return stream.owner.client === this.#guest.client;
  }

  /** Index of an output as a sink, and of its monitor as a source. */
  indexOf(output: Output): number {
    return this.#house.outputs.all.indexOf(output);
  }

  sink(ref: DeviceRef): Output | WeirError {
    return this.#device(ref, this.sinks, ({ name }) => name, this.#house.outputs.default);
  }

  source(ref: DeviceRef): Output | WeirError {
    const { default: output } = this.#house.outputs;
    const usual = targetOf(ref).by === 'monitor' ? output : this.defaultSource;
    return this.#device(ref, this.sources, ({ monitorName }) => monitorName, usual);
  }

  stream(direction: Direction, number: number): Stream | WeirError {
    const stream = this.#house.streams.find(number);
    if (stream?.request.direction === direction && this.sees(stream)) return stream;
    return new WeirError('STREAM_NOT_FOUND', `there is no stream ${number}`);
  }

  guest(number: number): Guest | WeirError {
    const found = this.#house.reception.find(number);
    if (found && this.#shows(found)) return found;
    return new WeirError('CLIENT_NOT_FOUND', `there is no client ${number}`);
  }

  #shows(other: Guest): boolean {
    return other === this.#guest || (isShown(other) && this.may('look'));
  }

  #device(
    ref: DeviceRef,
    among: readonly Output[],
    nameOf: (output: Output) => string,
    usual: Output | undefined,
  ): Output | WeirError {
    const { outputs } = this.#house;
    const target = targetOf(ref);
    const found =
      target.by === 'index'
        ? outputs.all[target.index]
        : target.by === 'name'
          ? outputs.all.find((output) => nameOf(output) === target.name)
          : usual;
    if (found && among.includes(found)) return found;
    return new WeirError('DEVICE_NOT_FOUND', 'there is no such device');
  }
}

function isShown({ greeted, peer }: Guest): boolean {
  return greeted && peer.carrier !== 'http';
}
