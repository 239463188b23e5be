import type { CapturedSound, DecodedSound } from './play-order.js';

export type SourceKind = 'file' | 'microphone' | 'screen' | 'address';

/** Sound on its way to the worker, and what of it changes hands. */
export interface HandedSound {
  readonly sound: DecodedSound | CapturedSound;
  readonly transfer: Transferable[];
}

/** Where a playback takes its sound from. CHANNELS wide. */
export interface Source {
  readonly kind: SourceKind;
  readonly name: string;
  readonly rate: number;
  /** All there is; undefined for sound that is made as it goes. */
  readonly lengthFrames: number | undefined;
  /** For a worker, each time that there is a new one; rejected with a Refusal when it cannot be had again. */
  hand(): Promise<HandedSound>;
  /** Calls back when nothing more will come, for a reason of its own. */
  whenEnded(callback: () => void): void;
  /** Of a source that need not go on while nobody hears it. */
  setPaused?(paused: boolean): void;
  close(): void;
}
