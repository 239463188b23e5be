import { createEffect, createMemo, on, Show, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';

const WORDS = {
  connecting: 'Connecting…',
  live: 'Connected',
  waiting: 'Reconnecting…',
  ended: 'Disconnected',
} as const;

/** Whether what is shown is live, in one word. */
export function ConnectionBadge(): JSX.Element {
  const { connection, announce } = useMixer();
  const phase = createMemo(() => {
    const now = connection();
    return now.phase === 'connecting' && now.failure ? 'waiting' : now.phase;
  });
  createEffect(on(phase, (now) => announce(WORDS[now]), { defer: true }));
  return (
    <span class="connection" data-testid="connection" data-phase={phase()}>
      <i class="dot" aria-hidden="true" />
      {WORDS[phase()]}
    </span>
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
