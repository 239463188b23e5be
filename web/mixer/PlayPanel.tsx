import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js';
import { insecureContext } from '../stream/audio-context.js';
import { AddressForm } from './AddressForm.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';
import { MicrophoneChoice } from './OwnDeviceChoice.js';
import { PlayItem } from './PlayItem.js';
import { Playlist } from './Playlist.js';
import { useTab } from './tab.js';

/** Play here: files, the microphone, what another tab or the screen sounds, or what this machine serves. */
export function PlayPanel(): JSX.Element {
  const { live, files } = useTab();
  const insecure = insecureContext();
  const [asking, setAsking] = createSignal(false);
  return (
    <section class="panel" id="play" aria-labelledby="play-title" data-testid="play-panel">
      <h2 id="play-title">Play here</h2>
      <div class="sources">
        <FileButton />
        <button type="button" disabled={!!insecure} data-testid="play-microphone" onClick={() => live.playMicrophone()}>
          Microphone
        </button>
        <Show when={insecure || 'getDisplayMedia' in navigator.mediaDevices}>
          <button type="button" disabled={!!insecure} data-testid="play-screen" onClick={() => live.playScreen()}>
            Tab, screen
          </button>
        </Show>
        <button
          type="button"
          disabled={!!insecure}
          aria-expanded={asking()}
          data-testid="play-address"
          onClick={() => setAsking(!asking())}
        >
          Address…
        </button>
      </div>
      <Show when={asking()}>
        <AddressForm onDone={() => setAsking(false)} />
      </Show>
      <MicrophoneChoice />
      <OutputChoice />
      <FailureNote failure={live.failure()} onDismiss={() => live.dismissFailure()} />
      <FailureNote failure={files.failure()} onDismiss={() => files.dismissFailure()} />
      <Plays />
      <Playlist />
      <DropZone />
    </section>
  );
}

function Plays(): JSX.Element {
  const { live, files } = useTab();
  const several = (): boolean => files.entries().length > 1;
  const step = (by: 1 | -1): void => (by > 0 ? files.next() : files.previous());
  return (
    <ul class="plays">
      <Show when={files.reading()}>{(name) => <li class="play">Reading {name()}…</li>}</Show>
      <Show when={files.followed()}>
        {(play) => (
          <PlayItem
            play={play()()}
            onStop={files.stop}
            // What ended well makes room for the next by itself.
            onForget={() => play()().failure && files.stop()}
            onStep={several() ? step : undefined}
          />
        )}
      </Show>
      <For each={live.plays()}>
        {(play) => (
          <PlayItem
            play={play()}
            onStop={() => play().stop()}
            onForget={() => live.forget(play)}
            onPurpose={(purpose) => live.setPurpose(play(), purpose)}
          />
        )}
      </For>
    </ul>
  );
}

function FileButton(): JSX.Element {
  const { files } = useTab();
  let input: HTMLInputElement | undefined;
  return (
    <>
      <button type="button" class="primary" data-testid="play-file" onClick={() => input?.click()}>
        File…
      </button>
      <input
        ref={input}
        type="file"
        accept="audio/*,video/*"
        multiple
        hidden
        aria-label="Files to play"
        data-testid="file-input"
        onChange={(event) => {
          files.add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}

function OutputChoice(): JSX.Element {
  const { outputs, defaultOutput } = useMixer();
  const { device, setDevice } = useTab();
  return (
    <label class="choice">
      <span>to</span>
      <select
        data-testid="play-output"
        aria-label="Play to"
        value={device()}
        onChange={(event) => setDevice(event.currentTarget.value)}
      >
        <option value="">the default output{defaultOutput() ? ` (${defaultOutput()})` : ''}</option>
        <For each={outputs()}>{(output) => <option value={output}>{output}</option>}</For>
      </select>
    </label>
  );
}

/** Files may be dropped anywhere on the page. */
function DropZone(): JSX.Element {
  const { defaultOutput } = useMixer();
  const { device, files } = useTab();
  const [over, setOver] = createSignal(false);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  const dragOver = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setOver(true);
  };
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) setOver(false);
  };
  const drop = (event: DragEvent): void => {
    setOver(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    files.add([...(event.dataTransfer?.files ?? [])]);
  };
  addEventListener('dragover', dragOver);
  addEventListener('dragleave', leave);
  addEventListener('drop', drop);
  onCleanup(() => {
    removeEventListener('dragover', dragOver);
    removeEventListener('dragleave', leave);
    removeEventListener('drop', drop);
  });
  return (
    <>
      <p class="hint dim">Or drop files anywhere on this page.</p>
      <Show when={over()}>
        <div class="drop" data-testid="drop-zone">
          Drop to play on {device() || defaultOutput() || 'the default output'}
        </div>
      </Show>
    </>
  );
}
