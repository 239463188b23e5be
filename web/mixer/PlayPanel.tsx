import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js';
import { insecureContext } from '../stream/audio-context.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';
import { PlayItem } from './PlayItem.js';
import { useTab } from './tab.js';

/** Play here: a file, the microphone, or what another tab or the screen sounds. */
export function PlayPanel(): JSX.Element {
  const tab = useTab();
  const insecure = insecureContext();
  return (
    <section class="panel" id="play" aria-labelledby="play-title" data-testid="play-panel">
      <h2 id="play-title">Play here</h2>
      <FailureNote failure={insecure} />
      <div class="sources">
        <FileButton />
        <button type="button" disabled={!!insecure} data-testid="play-microphone" onClick={() => tab.playMicrophone()}>
          Microphone
        </button>
        <Show when={insecure || 'getDisplayMedia' in navigator.mediaDevices}>
          <button type="button" disabled={!!insecure} data-testid="play-screen" onClick={() => tab.playScreen()}>
            Tab, screen
          </button>
        </Show>
      </div>
      <OutputChoice />
      <FailureNote failure={tab.playFailure()} onDismiss={() => tab.dismissPlayFailure()} />
      <ul class="plays">
        <For each={tab.decoding()}>{(name) => <li class="play decoding">Reading {name}…</li>}</For>
        <For each={tab.plays()}>{(play) => <PlayItem play={play()} onForget={() => tab.forget(play)} />}</For>
      </ul>
      <DropZone />
    </section>
  );
}

function FileButton(): JSX.Element {
  const { playFiles } = useTab();
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
          playFiles([...(event.currentTarget.files ?? [])]);
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
  const { device, playFiles } = useTab();
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
    playFiles([...(event.dataTransfer?.files ?? [])]);
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
