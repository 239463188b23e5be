import { createSignal, For, Show, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';
import type { StreamState } from '../session/mixer-state.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';
import { StreamStrip } from './StreamStrip.js';
import { baseName } from './words.js';

/** A client's streams into one output, under its name. */
export function ClientGroup(props: { client: number; streams: readonly StreamState[] }): JSX.Element {
  const { state, ownClient } = useMixer();
  const isOwn = (): boolean => props.client === ownClient();
  const name = (): string => state.clients[props.client]?.name || `Client ${props.client}`;
  return (
    <section class="client" aria-label={`Client ${name()}`} data-testid={`client-${props.client}`}>
      <header class="client-head">
        <h3>{isOwn() ? 'This page' : name()}</h3>
        <ClientOrigin client={props.client} named={isOwn()} />
        <Show when={!isOwn()}>
          <KickButton client={props.client} name={name()} />
        </Show>
      </header>
      <div class="strips">
        <For each={props.streams}>{(stream) => <StreamStrip stream={stream} />}</For>
      </div>
    </section>
  );
}

/** The program and the way it came, as the server found them. */
function ClientOrigin(props: { client: number; named: boolean }): JSX.Element {
  const { state } = useMixer();
  const words = (): string => {
    const client = state.clients[props.client];
    if (!client) return '';
    const program = client.pairedAs ? `${client.pairedAs}, paired` : baseName(client.program);
    return [props.named && client.name, program, client.pid ? `pid ${client.pid}` : '', client.carrier]
      .filter(Boolean)
      .join(' · ');
  };
  return (
    <p class="dim origin" title={state.clients[props.client]?.program}>
      {words()}
    </p>
  );
}

/** Ends a client's connection, after a second look. */
export function KickButton(props: { client: number; name: string }): JSX.Element {
  const { ask } = useMixer();
  const [asking, setAsking] = createSignal(false);
  const [failure, setFailure] = createSignal<Failure>();
  let keep: HTMLButtonElement | undefined;
  const open = (): void => {
    setAsking(true);
    keep?.focus();
  };
  const kick = (): void => {
    setAsking(false);
    void ask({ kickClient: { client: props.client } }, setFailure);
  };
  return (
    <div class="kick">
      <Show
        when={asking()}
        fallback={
          <button
            type="button"
            class="quiet"
            aria-label={`Disconnect ${props.name}`}
            data-testid={`kick-${props.client}`}
            onClick={open}
          >
            Kick
          </button>
        }
      >
        <span
          role="alertdialog"
          aria-label={`Disconnect ${props.name}?`}
          class="confirm"
          onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
        >
          <span>Disconnect?</span>
          <button type="button" class="danger" data-testid={`kick-confirm-${props.client}`} onClick={kick}>
            Disconnect
          </button>
          <button type="button" ref={keep} class="quiet" onClick={() => setAsking(false)}>
            Keep
          </button>
        </span>
      </Show>
      <FailureNote failure={failure()} onDismiss={() => setFailure(undefined)} />
    </div>
  );
}
