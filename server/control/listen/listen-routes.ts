import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeirError } from '../../observe/errors.js';
import type { Identity, Reception } from '../../session/port.js';
import type { PeerOf } from '../gate.js';
import { ENDLESS_WAV } from './endless-wav.js';
import { OGG_OPUS } from './ogg-opus.js';
import { Player } from './player.js';
import type { PlayerFormat } from './player-format.js';
import { PlayerPlaces } from './player-places.js';

const FORMATS: Readonly<Record<string, PlayerFormat>> = { ogg: OGG_OPUS, wav: ENDLESS_WAV };
const FILE = /^(?<output>.+)\.(?<ending>ogg|wav)$/u;

export interface ListenOptions {
  readonly reception: Reception;
  /** Who asks: whoever passed the gate, by process, key or signed address. */
  readonly peerOf: PeerOf;
}

const params = z.object({ file: z.string().min(1).max(256).regex(FILE).describe('OUTPUT.ogg or OUTPUT.wav') });

/** `/listen/OUTPUT.ogg` (Opus) and `/listen/OUTPUT.wav`: what an output plays, from now on, for devices without a script. */
export async function listenRoutes(plain: FastifyInstance, { reception, peerOf }: ListenOptions): Promise<void> {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const places = new PlayerPlaces();

  app.get(
    '/:file',
    { schema: { summary: 'What an output plays, live, as Opus in Ogg or as WAV', params }, exposeHeadRoute: false },
    async (request, reply) => {
      const { device, format } = wanted(request.params.file);
      const peer = peerOf(request);
      const gone = places.take(peer);
      if (gone instanceof WeirError) throw gone;
      try {
        const name = playerName(request.headers['user-agent']);
        const player = await Player.open(reception, { peer, device, format, name });
        player.body.once('close', gone);
        endInTime(player, peer);
        return await headers(reply, format).send(player.body);
      } catch (error) {
        gone();
        throw error;
      }
    },
  );

  /** Players ask for this first: whether they would hear something, at the cost of nothing. */
  app.head('/:file', { schema: { hide: true, params } }, async (request, reply) => {
    const { device, format } = wanted(request.params.file);
    const player = await Player.open(reception, { peer: peerOf(request), device, format, name: 'HEAD', paused: true });
    player.body.destroy();
    return await headers(reply, format).send();
  });
}

/** A signed address is good for its time, also for who began in it. */
function endInTime(player: Player, { pairing }: Identity): void {
  if (pairing?.untilMs === undefined) return;
  const timer = setTimeout(() => player.end(), pairing.untilMs - Date.now());
  player.body.once('close', () => clearTimeout(timer));
}

function wanted(file: string): { device: string; format: PlayerFormat } {
  const { output = '', ending = '' } = FILE.exec(file)?.groups ?? {};
  const format = FORMATS[ending];
  if (!format) throw new WeirError('ROUTE_NOT_FOUND', `there is no ${JSON.stringify(file)}: OUTPUT.ogg or OUTPUT.wav`);
  return { device: `${output}.monitor`, format };
}

/** It is live: there is nothing to keep, and no part of it to be asked for (RFC 9110, 14.2: a Range may be ignored). */
function headers(reply: FastifyReply, { contentType }: PlayerFormat): FastifyReply {
  return reply.type(contentType).header('cache-control', 'no-store').header('accept-ranges', 'none');
}

/** The program, as it names itself: "VLC/3.0.20 LibVLC/3.0.20" is VLC; what all browsers say is no name. */
function playerName(userAgent = ''): string {
  const product = /^[\w .-]{1,40}(?=\/|$)/.exec(userAgent)?.[0].trim() ?? '';
  return product === '' || product === 'Mozilla' ? 'player' : product;
}
