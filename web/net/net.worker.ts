import { failureOf } from '../session/failure.js';
import { Session } from '../session/session.js';
import { ListenReceiver } from '../stream/listen/listen-receiver.js';
import type { PlayOrder, PlayStatus } from '../stream/play-order.js';
import { FileSender } from '../stream/send/file-sender.js';
import { LiveSender } from '../stream/send/live-sender.js';
import { NET_LIMITS } from './limits.js';
import type { HostedStream, PageMessage, StreamStatus, WorkerMessage } from './messages.js';

// The page's worker: connection, session, codecs and all sound on its way, so that none of it waits for a busy page.

type Start = Extract<PageMessage, { to: 'start' }>;

const streams = new Map<number, HostedStream>();
const say = (message: WorkerMessage): void => postMessage(message);

function start({ url, name, clock }: Start): void {
  const session = new Session(new URL(url), name, clock, {
    connection: (connection) => say({ of: 'connection', connection }),
    snapshot: (snapshot) => say({ of: 'snapshot', snapshot }),
    patch: (patch) => say({ of: 'patch', patch }),
    meters: (meters) => say({ of: 'meters', meters }),
  });
  onmessage = ({ data }: MessageEvent<PageMessage>) => hear(session, data);
  setInterval(() => {
    say({ of: 'alive', roundTripUs: session.clock.roundTripUs, clock: session.skew });
  }, NET_LIMITS.aliveMs);
}

function hear(session: Session, message: PageMessage): void {
  switch (message.to) {
    case 'start':
      return;
    case 'connect':
      return session.connect();
    case 'hope':
      return session.hope();
    case 'meters':
      return session.setMetersHz(message.hz);
    case 'request':
      return void answer(session, message);
    case 'play':
      return void streams.set(message.key, playback(session, message.order, teller(message.key)));
    case 'listen':
      return void streams.set(message.key, new ListenReceiver(session, message.order, teller(message.key)));
    default:
      streams.get(message.key)?.order(message);
      if (message.to === 'stop') streams.delete(message.key);
  }
}

/** Passes on how stream `key` does, and forgets it when it has ended. */
const teller =
  (key: number) =>
  (status: StreamStatus): void => {
    if (status.phase === 'ended') streams.delete(key);
    say({ of: 'status', key, status });
  };

const playback = (session: Session, order: PlayOrder, tell: (status: PlayStatus) => void): HostedStream =>
  order.sound.kind === 'captured'
    ? new LiveSender(session, order, order.sound, tell)
    : new FileSender(session, order, order.sound, tell);

async function answer(session: Session, { request, body }: Extract<PageMessage, { to: 'request' }>): Promise<void> {
  try {
    say({ of: 'answer', answer: { ...(await session.request(body)), requestId: request } });
  } catch (thrown) {
    say({ of: 'answer', answer: { requestId: request, failure: failureOf(thrown) } });
  }
}

onmessage = ({ data }: MessageEvent<PageMessage>) => {
  if (data.to === 'start') start(data);
};
