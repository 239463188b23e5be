import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { weir } from '#proto';
import { WeirError } from '../../observe/errors.js';
import type { Identity, Reception } from '../../session/port.js';
import { LocalSession } from '../local-session.js';
import type { PlayerBytes, PlayerFormat } from './player-format.js';

export interface PlayerWish {
  readonly peer: Identity;
  /** The monitor's name. */
  readonly device: string;
  readonly format: PlayerFormat;
  /** As the mixer shows it. */
  readonly name: string;
  /** Only to see that it could be heard. */
  readonly paused?: boolean;
}

/**
 * One player without a script: a session of its own with one listening stream, whose packets become the body of an answer.
 * What a slow player does not take is dropped by the session, as with every listener.
 */
export class Player {
  readonly body: Readable;
  readonly #bytes: PlayerBytes;
  #session: LocalSession | undefined;
  #isOver = false;

  /** Refusals are thrown as WeirError. */
  static async open(reception: Reception, { peer, device, format, name, paused = false }: PlayerWish): Promise<Player> {
    const player = new Player(format.begin());
    const session = await LocalSession.open(reception, peer, {
      carrier: 'player',
      name,
      queuedBytes: () => player.body.readableLength,
      news: (message) => player.#hear(message),
      ended: () => player.end(),
    });
    player.#session = session;
    try {
      const { streamOpened } = await session.request({
        openStream: {
          id: randomBytes(16),
          direction: weir.v1.Direction.RECORD,
          transport: weir.v1.Transport.COPIES,
          name: device,
          device,
          paused,
          ...format.wish,
        },
      });
      if (streamOpened?.codec !== format.wish.codec) {
        throw new WeirError('CODEC_UNAVAILABLE', 'there is no encoder to be had for this');
      }
      return player;
    } catch (error) {
      player.body.destroy();
      throw error;
    }
  }

  private constructor(bytes: PlayerBytes) {
    this.#bytes = bytes;
    this.body = new Readable({
      read: () => {},
      destroy: (error, done) => {
        this.#session?.[Symbol.dispose]();
        done(error);
      },
    });
    this.body.push(bytes.head());
  }

  #hear({ audio, streamEvent }: weir.v1.ServerMessage): void {
    if (this.body.destroyed || this.#isOver) return;
    if (audio?.data) this.body.push(this.#bytes.packet(audio.data));
    if (streamEvent?.kind === weir.v1.StreamEvent.Kind.CLOSED) this.end();
  }

  /** The sound is over, by nobody's fault here: the answer is complete. */
  end(): void {
    if (this.body.destroyed || this.#isOver) return;
    this.#isOver = true;
    this.body.push(this.#bytes.end());
    this.body.push(null);
  }
}
