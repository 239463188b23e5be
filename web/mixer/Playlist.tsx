import { For, Show, type JSX } from 'solid-js';
import type { FileEntry } from './file-player.js';
import { useMixer } from './mixer.js';
import { useTab } from './tab.js';

/** The files of this page, in the order in which they play. */
export function Playlist(): JSX.Element {
  const { files } = useTab();
  // The only one is shown as what plays.
  const isShown = (): boolean => files.entries().length > (files.current() === undefined ? 0 : 1);
  return (
    <Show when={isShown()}>
      <ol class="playlist" aria-label="Files to play" data-testid="playlist">
        <For each={files.entries()}>{(entry, at) => <PlaylistRow entry={entry} at={at()} />}</For>
      </ol>
    </Show>
  );
}

function PlaylistRow(props: { entry: FileEntry; at: number }): JSX.Element {
  const { files } = useTab();
  const { announce } = useMixer();
  const name = (): string => props.entry.name;
  const isCurrent = (): boolean => files.current() === props.entry.id;
  const last = (): number => files.entries().length - 1;
  const move = (button: HTMLButtonElement, by: 1 | -1): void => {
    files.move(props.entry.id, by);
    // A node that moves loses the focus.
    button.focus();
    announce(`${name()}: ${props.at + 1} of ${last() + 1}`);
  };
  return (
    <li aria-current={isCurrent() ? 'true' : undefined} data-testid="playlist-row">
      <button
        type="button"
        class="quiet entry"
        title={name()}
        aria-label={`Play ${name()}`}
        onClick={() => files.start(props.entry.id)}
      >
        {name()}
      </button>
      <MoveButton by={-1} name={name()} inert={props.at === 0} onMove={move} />
      <MoveButton by={1} name={name()} inert={props.at === last()} onMove={move} />
      <button
        type="button"
        class="quiet icon"
        aria-label={`Remove ${name()}`}
        title="Remove"
        data-testid="playlist-remove"
        onClick={() => files.remove(props.entry.id)}
      >
        ×
      </button>
    </li>
  );
}

interface MoveProps {
  readonly by: 1 | -1;
  readonly name: string;
  /** There is no place further; the button stays, for whoever holds it by the keyboard. */
  readonly inert: boolean;
  readonly onMove: (button: HTMLButtonElement, by: 1 | -1) => void;
}

function MoveButton(props: MoveProps): JSX.Element {
  const words = (): string => (props.by < 0 ? 'up' : 'down');
  return (
    <button
      type="button"
      class="quiet icon"
      aria-label={`Move ${props.name} ${words()}`}
      aria-disabled={props.inert}
      title={`Move ${words()}`}
      data-testid={`playlist-${words()}`}
      onClick={(event) => !props.inert && props.onMove(event.currentTarget, props.by)}
    >
      {props.by < 0 ? '↑' : '↓'}
    </button>
  );
}
