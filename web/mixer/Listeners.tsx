import { For, Show, type JSX } from 'solid-js';
import type { StreamState } from '../session/mixer-state.js';
import { KickButton } from './ClientGroup.js';
import { soundWords, wayWords } from './latency.js';
import { useMixer } from './mixer.js';
import { Troubles } from './StreamStrip.js';
import { milliseconds } from './words.js';

/** Who hears this: nobody listens unseen. */
export function Listeners(props: { streams: readonly StreamState[] }): JSX.Element {
  return (
    <Show when={props.streams.length > 0}>
      <section class="listeners" aria-label="Listening">
        <h3>Listening</h3>
        <ul>
          <For each={props.streams}>{(stream) => <Listener stream={stream} />}</For>
        </ul>
      </section>
    </Show>
  );
}

function Listener(props: { stream: StreamState }): JSX.Element {
  const { state, ownClient } = useMixer();
  const client = (): number => props.stream.client;
  const isOwn = (): boolean => client() === ownClient();
  const name = (): string => state.clients[client()]?.name || `Client ${client()}`;
  return (
    <li data-testid={`listener-${props.stream.stream}`} data-phase={props.stream.phase}>
      <i class="dot" aria-hidden="true" />
      <strong>{isOwn() ? 'This page' : name()}</strong>
      <span class="facts">
        <Show when={props.stream.name && !isOwn()}>
          <span>{props.stream.name}</span>
        </Show>
        <span>{milliseconds(props.stream.latencyUs)}</span>
        <span>{wayWords(props.stream, state.clients[client()])}</span>
        <span>{soundWords(props.stream)}</span>
        <Troubles stream={props.stream} />
      </span>
      <Show when={!isOwn()}>
        <KickButton client={client()} name={name()} />
      </Show>
    </li>
  );
}
