import { For, Show, type JSX } from 'solid-js';
import { browserAsksForOutput, canChooseOutput } from '../stream/audio-devices.js';
import { FailureNote } from './FailureNote.js';
import { useTab } from './tab.js';

/** Which microphone, where there are several. */
export function MicrophoneChoice(): JSX.Element {
  const { ownDevices } = useTab();
  return (
    <Show when={ownDevices.list().microphones.length > 1}>
      <label class="choice">
        <span>from</span>
        <select
          aria-label="Microphone"
          data-testid="play-microphone-device"
          value={ownDevices.microphone()}
          onChange={(event) => ownDevices.setMicrophone(event.currentTarget.value)}
        >
          <option value="">the system’s microphone</option>
          <For each={ownDevices.list().microphones}>{({ id, label }) => <option value={id}>{label}</option>}</For>
        </select>
      </label>
    </Show>
  );
}

/** On which output of the browser's machine the page is heard, where a browser lets a page choose. */
export function HeardOnChoice(): JSX.Element {
  const { ownDevices } = useTab();
  const [asks, mayAsk] = [browserAsksForOutput(), canChooseOutput()];
  const unnamed = (): boolean => ownDevices.list().outputs.length === 0 && !ownDevices.list().named;
  return (
    <Show when={mayAsk}>
      <div class="choice" data-testid="heard-on">
        <label class="choice">
          <span>on</span>
          <select
            aria-label="Heard on"
            data-testid="listen-output"
            value={ownDevices.output()}
            onChange={(event) => ownDevices.setOutput(event.currentTarget.value)}
          >
            <option value="">the system’s output</option>
            <For each={ownDevices.list().outputs}>{({ id, label }) => <option value={id}>{label}</option>}</For>
          </select>
        </label>
        <Show when={asks || unnamed()}>
          <button
            type="button"
            title={asks ? undefined : 'Browsers name outputs only to a page that may use the microphone'}
            data-testid="listen-output-ask"
            onClick={() => (asks ? ownDevices.ask() : ownDevices.name())}
          >
            Others…
          </button>
        </Show>
      </div>
      <FailureNote failure={ownDevices.failure()} onDismiss={() => ownDevices.dismissFailure()} />
    </Show>
  );
}
