import { createSignal, For, onCleanup, type JSX } from 'solid-js';
import { ConnectionBadge, ConnectionNote, SoundNote } from './ConnectionBadge.js';
import { Desk } from './Desk.js';
import { DetailsPanel } from './DetailsPanel.js';
import { ListenPanel } from './ListenPanel.js';
import { useMixer } from './mixer.js';
import { PairPanel } from './PairPanel.js';
import { PlayPanel } from './PlayPanel.js';
import { createTab, TabProvider } from './tab.js';

/** What a narrow window shows, one at a time; a wide one shows all. The address's fragment says which. */
const VIEWS = [
  ['desk', 'Mixer'],
  ['play', 'Play here'],
  ['listen', 'Listen'],
] as const;

export function App(): JSX.Element {
  const mixer = useMixer();
  const tab = createTab(mixer);
  const [view, setView] = createSignal(viewFromAddress());
  const follow = (): void => void setView(viewFromAddress());
  addEventListener('hashchange', follow);
  onCleanup(() => removeEventListener('hashchange', follow));
  return (
    <TabProvider value={tab}>
      <div class="page" data-view={view()}>
        <Head />
        <div class="notes">
          <SoundNote />
          <ConnectionNote />
        </div>
        <Desk />
        <aside class="side" aria-label="This page">
          <PlayPanel />
          <ListenPanel />
          <PairPanel />
          <DetailsPanel />
        </aside>
        <nav class="views" aria-label="Views">
          <For each={VIEWS}>
            {([name, words]) => (
              <a href={`#${name}`} aria-current={view() === name ? 'page' : undefined}>
                {words}
              </a>
            )}
          </For>
        </nav>
        <p class="visually-hidden" aria-live="polite" role="status" data-testid="announcement">
          {mixer.announcement()}
        </p>
      </div>
    </TabProvider>
  );
}

function viewFromAddress(): string {
  const wanted = location.hash.slice(1);
  return VIEWS.find(([name]) => name === wanted)?.[0] ?? 'desk';
}

function Head(): JSX.Element {
  const { connection } = useMixer();
  const server = (): string => {
    const now = connection();
    return now.phase === 'live' ? now.serverName : '';
  };
  return (
    <header class="head">
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
        <path d="M3 11h10c3 0 3 9 7 9h9" />
        <path class="behind" d="M3 17h7c3 0 3 7 7 7h2" />
      </svg>
      <h1>Weir</h1>
      <span class="dim server">{server()}</span>
      <ConnectionBadge />
    </header>
  );
}
