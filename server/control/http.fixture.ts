import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { weir } from '#proto';
import type { WeirError } from '../observe/errors.js';
import type { IdentityDesk } from '../session/identity/identity-desk.js';
import { Pairings } from '../session/pairing/pairings.js';
import type { Inlet, Outlet, Peer, Reception } from '../session/port.js';
import { type HttpServer, startHttp } from './http.js';

/** A mixer of one device and one stream that speaks the session's words; it remembers who came and what they said. */
export class TinyMixer implements Reception {
  readonly peers: Peer[] = [];
  readonly outlets: Outlet[] = [];
  readonly received: weir.v1.IClientMessage[] = [];
  readonly device = {
    name: 'desk',
    kind: 'null',
    direction: weir.v1.Direction.PLAYBACK,
    format: weir.v1.SampleFormat.S16,
    rate: 48_000,
    channels: 2,
    volume: 1,
    xruns: 3,
    droppedFrames: 512,
    delayUs: 21_000,
    muted: false,
    isDefault: false,
  };
  readonly stream = {
    stream: 7,
    client: 1,
    name: 'song',
    direction: weir.v1.Direction.PLAYBACK,
    device: 'desk',
    transport: weir.v1.Transport.RING,
    codec: weir.v1.Codec.PCM,
    format: weir.v1.SampleFormat.F32,
    state: weir.v1.StreamState.PLAYING,
    volume: 1,
    starvedFrames: 480,
    muted: false,
  };
  /** Pairings that were taken back. */
  readonly ended: string[] = [];
  open = 0;
  /** Set: every newcomer is refused with it. */
  refusal?: WeirError;
  /** Set: requests are not answered. */
  silent = false;

  accept(peer: Peer, outlet: Outlet): Inlet | WeirError {
    if (this.refusal) return this.refusal;
    this.peers.push(peer);
    this.outlets.push(outlet);
    this.open += 1;
    return {
      receive: (bytes) => this.#answer(bytes, outlet),
      refused: () => outlet.close(),
      closed: () => void (this.open -= 1),
    };
  }

  #answer(bytes: Uint8Array, outlet: Outlet): void {
    const message = weir.v1.ClientMessage.decode(bytes);
    this.received.push(message);
    if (this.silent) return;
    const { requestId, setLevel, moveStream, setDefault, kickClient } = message;
    const say = (body: weir.v1.IServerMessage): void =>
      outlet.send(weir.v1.ServerMessage.encode({ ...body, requestId }).finish());
    if (message.hello) return say({ welcome: { major: 1, client: 99 } });
    if (message.openStream) return say({ streamOpened: { codec: message.openStream.codec } });
    if (message.pair) return say({ pairLink: PAIR_LINK });
    if (message.listPairings) return say({ pairings: { pairings: [PAIRING] } });
    if (message.revokePairing && message.revokePairing.id !== PAIRING.id) return say(failure('PAIRING_NOT_FOUND'));
    if (message.subscribe) return say({ snapshot: this.#snapshot() });
    if (setLevel) {
      const target = setLevel.stream ? this.stream : this.device;
      if (setLevel.stream && setLevel.stream !== 7) return say(failure('STREAM_NOT_FOUND'));
      target.volume = setLevel.volume ?? target.volume;
      target.muted = setLevel.muted ?? target.muted;
    }
    if (moveStream && moveStream.device !== 'desk') return say(failure('DEVICE_NOT_FOUND'));
    if (setDefault) this.device.isDefault = true;
    if (kickClient && kickClient.client !== 1) return say(failure('CLIENT_NOT_FOUND'));
    say({ done: {} });
  }

  #snapshot(): weir.v1.ISnapshot {
    const clients = [
      { client: 1, name: 'player', carrier: 'unix', pid: 1 },
      { client: 99, name: 'HTTP', carrier: 'http' },
    ];
    return { revision: 1, devices: [this.device], streams: [this.stream], clients, health: HEALTH };
  }
}

const PAIR_LINK = { url: 'https://10.0.0.1:4790/pair?code=x', otherUrls: [], expiresS: 600, thisMachineOnly: false };
const PAIRING = {
  id: '0123456789ab',
  name: 'Firefox on Android',
  role: 'owner',
  pairedS: 1,
  lastSeenS: 2,
  lastAddress: '10.0.0.2',
};
const HEALTH = {
  loopDelayP50Us: 300,
  loopDelayP999Us: 12_500,
  feeds: 1,
  feedPackets: 50,
  copiesRestarts: 2,
  pulseServer: 'unix:/run/weir/pulse.sock',
};

function failure(code: string): weir.v1.IServerMessage {
  return { failure: { code, what: 'no such thing', wayOut: '' } };
}

export interface Bench extends HttpServer {
  readonly mixer: TinyMixer;
  readonly pairings: Pairings;
  readonly port: number;
}

/** The whole HTTP server on a free loopback port, with a page of two files. */
export async function startBench(host = '127.0.0.1', desk?: IdentityDesk): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-http-'));
  const webRoot = join(folder, 'web');
  mkdirSync(join(webRoot, 'assets'), { recursive: true });
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Weir</title>');
  writeFileSync(join(webRoot, 'assets', 'mixer-abc123.js'), 'export {};');
  writeFileSync(join(webRoot, '.secret'), 'hidden');
  const mixer = new TinyMixer();
  const pairings = new Pairings(join(folder, 'state'), (id) => mixer.ended.push(id));
  const server = await startHttp({
    listen: { host, port: 0 },
    reception: mixer,
    pairings,
    webRoot,
    log: pino({ level: 'silent' }),
    desk,
  });
  const close = async (): Promise<void> => {
    await server.close();
    rmSync(folder, { recursive: true });
  };
  pairings.origins = [server.url];
  return { url: server.url, close, mixer, pairings, port: Number(new URL(server.url).port) };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request with exactly these headers (fetch would not send a forged Host). */
export function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
