import { createSignal, For, onCleanup, Show, untrack, type JSX } from 'solid-js';
import { useMixer } from './mixer.js';
import { readStats, type WeirStats } from './stats.js';
import { useTab } from './tab.js';

const REFRESH_MS = 500;

/** The page's own figures, for whoever looks for a fault. The same as `window.weirStats`. */
export function DetailsPanel(): JSX.Element {
  const mixer = useMixer();
  const tab = useTab();
  const read = (): WeirStats => untrack(() => readStats(mixer, tab));
  Object.defineProperty(window, 'weirStats', { get: read, configurable: true });
  const [open, setOpen] = createSignal(false);
  return (
    <details class="panel details" data-testid="details" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Details</summary>
      <Show when={open()}>
        <Figures read={read} />
      </Show>
    </details>
  );
}

function Figures(props: { read: () => WeirStats }): JSX.Element {
  const [stats, setStats] = createSignal(untrack(() => props.read()));
  const timer = setInterval(() => setStats(props.read()), REFRESH_MS);
  onCleanup(() => clearInterval(timer));
  return (
    <>
      <Group title="Connection" figures={stats().connection} />
      <Group title="Listening" figures={stats().listen} />
      <For each={stats().play}>{(play) => <Group title="Playing" figures={play} />}</For>
      <p class="dim">
        Scripts read the same from <code>window.weirStats</code>.
      </p>
    </>
  );
}

function Group(props: { title: string; figures: object }): JSX.Element {
  return (
    <dl class="figures-list">
      <div class="figures-title">{props.title}</div>
      <For each={Object.entries(props.figures)}>
        {([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{typeof value === 'number' ? Math.round(value * 1000) / 1000 : String(value ?? '–')}</dd>
          </div>
        )}
      </For>
    </dl>
  );
}
