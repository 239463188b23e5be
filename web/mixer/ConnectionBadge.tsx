import { createEffect, createMemo, on, Show, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';
import { insecureContext } from '../stream/audio-context.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';

const WORDS = {
  connecting: 'Connecting…',
  live: 'Connected',
  waiting: 'Reconnecting…',
  ended: 'Disconnected',
} as const;

/** How it travels, in plain words. */
const CARRIERS = {
  webtransport: ['WebTransport', 'WebTransport (HTTP/3): sound goes as datagrams, a lost one holds up no other'],
  websocket: ['WebSocket', 'WebSocket (TCP): everything arrives, but a lost packet holds up those behind it'],
} as const;

/** Whether what is shown is live, and by what it came. */
export function ConnectionBadge(): JSX.Element {
  const { connection, announce } = useMixer();
  const phase = createMemo(() => {
    const now = connection();
    const waits = now.phase === 'connecting' ? now.failure !== undefined : now.phase === 'live' && now.silent;
    return waits ? 'waiting' : now.phase;
  });
  const carrier = createMemo(() => {
    const now = connection();
    return now.phase === 'live' ? CARRIERS[now.carrier] : undefined;
  });
  createEffect(on(phase, (now) => announce(WORDS[now]), { defer: true }));
  return (
    <span class="connection" data-testid="connection" data-phase={phase()} title={carrier()?.[1]}>
      <i class="dot" aria-hidden="true" />
      {WORDS[phase()]}
      <Show when={carrier()}>{(known) => <span data-testid="carrier">· {known()[0]}</span>}</Show>
    </span>
  );
}

/** The browser keeps sound from this page: said before anything is tried, in every view. */
export function SoundNote(): JSX.Element {
  return (
    <Show when={insecureContext()}>
      {(insecure) => (
        <div class="connection-note" data-testid="sound-note">
          <FailureNote failure={insecure()} />
        </div>
      )}
    </Show>
  );
}

/** Why there is no connection, under the page's head, for as long as there is none. */
export function ConnectionNote(): JSX.Element {
  const { connection, net } = useMixer();
  const failure = createMemo((): Failure | undefined => {
    const now = connection();
    return now.phase === 'live' ? undefined : now.failure;
  });
  return (
    <Show when={failure()}>
      <div class="connection-note">
        <FailureNote failure={failure()} />
        <button type="button" data-testid="reconnect" onClick={() => net.connect()}>
          Connect now
        </button>
      </div>
    </Show>
  );
}
