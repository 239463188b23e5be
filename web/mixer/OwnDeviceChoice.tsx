import { For, Show, type JSX } from 'solid-js';
import { browserAsksForOutput, canChooseOutput, type OwnDevice } from '../stream/audio-devices.js';
import { FailureNote } from './FailureNote.js';
import { useTab } from './tab.js';

/** Which microphone, where there are several. */
export function MicrophoneChoice(): JSX.Element {
  const { ownDevices } = useTab();
  return (
    <Show when={ownDevices.list().microphones.length > 1}>
      <OwnDeviceSelect
        word="from"
        label="Microphone"
        testId="play-microphone-device"
        systems="the system’s microphone"
        devices={ownDevices.list().microphones}
        chosen={ownDevices.microphone()}
        onChoose={(id) => ownDevices.setMicrophone(id)}
      />
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
        <OwnDeviceSelect
          word="on"
          label="Heard on"
          testId="listen-output"
          systems="the system’s output"
          devices={ownDevices.list().outputs}
          chosen={ownDevices.output()}
          onChoose={(id) => ownDevices.setOutput(id)}
        />
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

/** One of the browser's own devices, or (an empty id) the one that its system would take. */
function OwnDeviceSelect(props: {
  word: string;
  label: string;
  testId: string;
  systems: string;
  devices: readonly OwnDevice[];
  chosen: string;
  onChoose: (id: string) => void;
}): JSX.Element {
  return (
    <label class="choice">
      <span>{props.word}</span>
      <select
        aria-label={props.label}
        data-testid={props.testId}
        value={props.chosen}
        onChange={(event) => props.onChoose(event.currentTarget.value)}
      >
        <option value="">{props.systems}</option>
        <For each={props.devices}>{({ id, label }) => <option value={id}>{label}</option>}</For>
      </select>
    </label>
  );
}
