import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { weir } from '#proto';

/** One client of a crowd: a connection over WebSocket with one stream of Opus. */
export interface CrowdClient {
  readonly socket: WebSocket;
  readonly stream: number;
  readonly say: (message: weir.v1.IClientMessage) => void;
}

/** `url`: of the server's page. `wish`: the stream, apart from what is the same for all; `heard` gets each packet, and how many bytes its message took. */
export async function joinCrowd(
  url: string,
  name: string,
  wish: weir.v1.IOpenStream,
  heard: (packet: weir.v1.IAudioPacket, sizeBytes: number) => void,
): Promise<CrowdClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { perMessageDeflate: false });
  await once(socket, 'open');
  const say = (message: weir.v1.IClientMessage): void => socket.send(weir.v1.ClientMessage.encode(message).finish());
  const opened = new Promise<number>((settle, fail) => {
    socket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return;
      const { audio, streamOpened, failure } = weir.v1.ServerMessage.decode(data);
      if (audio) heard(audio, data.length);
      if (streamOpened?.codec === weir.v1.Codec.OPUS) settle(streamOpened.stream ?? 0);
      else if (streamOpened || failure) fail(new Error(failure?.what ?? 'no Opus to be had'));
    });
  });
  say({ requestId: 1, hello: { major: 1, minor: 0, name } });
  const openStream = {
    id: randomBytes(16),
    transport: weir.v1.Transport.COPIES,
    name: 'crowd',
    format: weir.v1.SampleFormat.F32,
    rate: 48_000,
    channels: 2,
    codec: weir.v1.Codec.OPUS,
    ...wish,
  };
  say({ requestId: 2, openStream });
  return { socket, stream: await opened, say };
}
