import { WeirError } from '../../../observe/errors.js';
import { VOLUME_MAX } from '../../../policy/volume.js';
import type { Placing } from '../formats/placing.js';
import { type ChannelVolumes, positionOfVolume, volumeOfPosition } from '../wire/values/volume.js';

/** A fader as so many channels' volumes. */
export function volumesOf(position: number, channels: number): ChannelVolumes {
  return Array<number>(channels).fill(volumeOfPosition(position));
}

/** The fader position of channels' volumes: that of the loudest. Beyond its end it stays there. */
export function positionOf(volumes: ChannelVolumes): number {
  return Math.min(VOLUME_MAX, positionOfVolume(Math.max(...volumes)));
}

/**
 * How the channels of a stream stand to each other: the fader moves all of them, whoever moves it, and what each one is of the loudest
 * stays.
 */
export class Balance {
  readonly #shares: readonly number[];

  private constructor(shares: readonly number[]) {
    this.#shares = shares;
  }

  static even(channels: number): Balance {
    return new Balance(Array<number>(channels).fill(1));
  }

  /** As an output keeps it; of another number of channels it says nothing. */
  static ofShares(shares: readonly number[], channels: number): Balance {
    return shares.length === channels ? new Balance(shares) : Balance.even(channels);
  }

  /** What of the loudest each channel is; empty where they are alike. */
  get shares(): readonly number[] {
    return this.#shares.every((share) => share === 1) ? [] : this.#shares;
  }

  /** One volume counts for all channels. */
  static of(volumes: ChannelVolumes, channels: number): Balance | WeirError {
    if (volumes.length === 1) return Balance.even(channels);
    if (volumes.length !== channels) {
      return new WeirError('REQUEST_INVALID', `${volumes.length} volumes for ${channels} channels`);
    }
    const loudest = Math.max(...volumes);
    return loudest === 0 ? Balance.even(channels) : new Balance(volumes.map((volume) => volume / loudest));
  }

  /** The channels' volumes where the fader stands there. */
  at(position: number): ChannelVolumes {
    return this.#shares.map((share) => volumeOfPosition(share * position));
  }

  /** Linear, for each of the ring's channels. */
  gains({ channels, order }: Placing): number[] {
    return Array.from({ length: channels }, (_, place) => (this.#shares[order?.[place] ?? place] ?? 1) ** 3);
  }
}
