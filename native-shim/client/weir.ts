import { socketPath, runtimeDirFor } from '../../server/config/runtime-dir.js';
import type { FrameSpec } from '../frame-spec.js';
import { type ClockMapping, measureClock } from './clock.js';
import { Connection } from './connection.js';
import type { WeirError } from '../../server/observe/errors.js';
import type { MixerState } from './mixer-state.js';
import { openPlayback, type PlayOptions } from './open-playback.js';
import { openRecord, type RecordOptions } from './open-record.js';
import { pairingsOf, type PairingInfo, type PairLink, pairLinkOf } from './pairing.js';
import type { PlaybackStream } from './playback-stream.js';
import type { RecordStream } from './record-stream.js';
import { uploadSample } from './samples.js';
import { type MeterListener, type StateListener, Subscriptions, type Unsubscribe } from './subscriptions.js';

export interface ConnectOptions {
  /** What a person calls this program. */
  readonly name: string;
  /** The server's socket; absent, the one that this user's environment means. */
  readonly socket?: string;
  /** False: every stream travels as copies. */
  readonly sharedMemory?: boolean;
}

/** What a fader or a mute button belongs to. */
export type LevelTarget = { readonly device: string } | { readonly stream: number };

export interface LevelChange {
  /** Fader position: 1 is unity, 0 to 1.5. */
  readonly volume?: number;
  readonly muted?: boolean;
}

export interface SamplePlay {
  readonly device?: string;
  readonly volume?: number;
}

const nothing = (): void => {};

/**
 * Joins the server. Whatever waits on the connection fails with a WeirError when it ends; nothing else throws.
 * @throws WeirError SERVER_NOT_FOUND, SERVER_UNTRUSTED, NOT_ALLOWED, VERSION_MISMATCH, NO_ANSWER …
 */
export async function connect(options: ConnectOptions): Promise<Weir> {
  const path = options.socket ?? socketPath(runtimeDirFor(undefined, process.env));
  // A folder in /tmp may have been made by anybody who came first; a path that a person named is that person's choice.
  const named = options.socket ?? process.env['WEIR_RUNTIME_DIR'];
  const trust = named === undefined ? 'own' : 'any';
  return new Weir(await Connection.open(path, options.name, { sharedMemory: options.sharedMemory ?? true, trust }));
}

/** One connection to a Weir server. */
export class Weir {
  readonly #connection: Connection;
  readonly #subscriptions: Subscriptions;

  /** Use `connect`. */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.#subscriptions = new Subscriptions(connection);
  }

  /** This connection's number in the mixer. */
  get client(): number {
    return this.#connection.welcome.client ?? 0;
  }

  get serverName(): string {
    return this.#connection.welcome.serverName ?? '';
  }

  get serverVersion(): string {
    return this.#connection.welcome.serverVersion ?? '';
  }

  /** Resolves with the reason when the connection has ended; never rejects. */
  get closed(): Promise<WeirError> {
    return this.#connection.closed;
  }

  /** Opens a stream towards an output. */
  play(options: PlayOptions): Promise<PlaybackStream> {
    return openPlayback(this.#connection, options);
  }

  /** Opens a stream from an input or a monitor. */
  record(options: RecordOptions): Promise<RecordStream> {
    return openRecord(this.#connection, options);
  }

  /** The mixer as it is now. */
  snapshot(): Promise<MixerState> {
    return this.#subscriptions.state();
  }

  /** Tells the mixer's state now and after every change. */
  watch(listener: StateListener): Promise<Unsubscribe> {
    return this.#subscriptions.watch(listener);
  }

  /** Tells levels `hz` times a second (the fastest listener decides). */
  meters(hz: number, listener: MeterListener): Promise<Unsubscribe> {
    return this.#subscriptions.watchMeters(hz, listener);
  }

  setLevel(target: LevelTarget, change: LevelChange): Promise<void> {
    return this.#connection.request({ setLevel: { ...target, ...change } }, nothing);
  }

  /** Moves any stream to another device. */
  move(stream: number, device: string): Promise<void> {
    return this.#connection.request({ moveStream: { stream, device } }, nothing);
  }

  /** Makes `device` the one that streams without a wish go to. */
  setDefault(device: string): Promise<void> {
    return this.#connection.request({ setDefault: { device } }, nothing);
  }

  /** Ends another program's connection. */
  kick(client: number): Promise<void> {
    return this.#connection.request({ kickClient: { client } }, nothing);
  }

  /** A one-use link that lets one browser in. */
  pair(role = ''): Promise<PairLink> {
    return this.#connection.request({ pair: { role } }, ({ pairLink }) => pairLinkOf(pairLink));
  }

  /** The browsers that were let in. */
  pairings(): Promise<PairingInfo[]> {
    return this.#connection.request({ listPairings: {} }, ({ pairings }) => pairingsOf(pairings));
  }

  /** Takes a browser's key back and ends what it has open. */
  revokePairing(id: string): Promise<void> {
    return this.#connection.request({ revokePairing: { id } }, nothing);
  }

  /** Gives the server a one-shot sound, to be played by name; it belongs to this connection. */
  uploadSample(name: string, spec: FrameSpec, frames: Uint8Array): Promise<void> {
    return uploadSample(this.#connection, name, spec, frames);
  }

  playSample(name: string, options: SamplePlay = {}): Promise<void> {
    return this.#connection.request({ playSample: { name, ...options } }, nothing);
  }

  removeSample(name: string): Promise<void> {
    return this.#connection.request({ removeSample: { name } }, nothing);
  }

  /** How this program's clock maps to the server's, measured now. */
  clock(): Promise<ClockMapping> {
    return measureClock(this.#connection);
  }

  /** Ends the connection and every stream of it. */
  close(): void {
    this.#connection.close();
  }
}
