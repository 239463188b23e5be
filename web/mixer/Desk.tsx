import { createMemo, For, Show, type JSX } from 'solid-js';
import { DeviceBand } from './DeviceBand.js';
import { useMixer } from './mixer.js';

/** The mixer proper: each output with what plays into it; inputs after them. */
export function Desk(): JSX.Element {
  const { state, streams, known, connection } = useMixer();
  const devices = createMemo(() => Object.values(state.devices).filter((device) => device.monitorOf === ''));
  const outputs = createMemo(() => devices().filter(({ isOutput }) => isOutput));
  const inputs = createMemo(() => devices().filter(({ isOutput }) => !isOutput));
  const orphans = createMemo(() =>
    streams().filter(({ isPlayback, device }) => isPlayback && !(device in state.devices)),
  );
  return (
    <main class="desk" id="desk" aria-label="Mixer" data-testid="desk" data-live={connection().phase === 'live'}>
      <Show when={known()} fallback={<p class="silence waiting">Waiting for the server…</p>}>
        <Show when={!streams().some(({ isPlayback }) => isPlayback)}>
          <EmptyState />
        </Show>
        <For each={outputs()}>{(device) => <DeviceBand device={device} />}</For>
        <For each={inputs()}>{(device) => <DeviceBand device={device} />}</For>
        <Show when={orphans().length > 0}>
          <p class="silence" data-testid="orphans">
            {orphans().length} {orphans().length === 1 ? 'stream waits' : 'streams wait'} for an output.
          </p>
        </Show>
      </Show>
    </main>
  );
}

function EmptyState(): JSX.Element {
  return (
    <section class="empty" data-testid="empty">
      <h2>Nothing plays yet</h2>
      <p>
        Run <code>npx weir play FILE</code> in a terminal on this machine, or <a href="#play">play something here</a>: a
        file, the microphone, another tab. What plays appears here with a fader of its own.
      </p>
    </section>
  );
}
