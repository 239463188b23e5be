import { createMemo, createSignal, For, Show, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';
import type { DeviceState, StreamState } from '../session/mixer-state.js';
import { channelVolumes } from './channel-volumes.js';
import { ClientGroup } from './ClientGroup.js';
import { FailureNote } from './FailureNote.js';
import { LevelControls } from './LevelControls.js';
import { Listeners } from './Listeners.js';
import { sameItems, useMixer } from './mixer.js';
import { formatWords, milliseconds } from './words.js';

/** One output (or input): its strip, what plays into it, and who hears it. */
export function DeviceBand(props: { device: DeviceState }): JSX.Element {
  const { state, streams } = useMixer();
  const hears = ({ device }: StreamState): boolean =>
    device === props.device.name || state.devices[device]?.monitorOf === props.device.name;
  const playing = createMemo(() =>
    streams().filter((stream) => stream.isPlayback && stream.device === props.device.name),
  );
  const listening = createMemo(() => streams().filter((stream) => !stream.isPlayback && hears(stream)));
  const clients = createMemo(() => [...new Set(playing().map(({ client }) => client))], [], { equals: sameItems });

  return (
    <section
      class="band"
      classList={{ lost: props.device.lost }}
      aria-label={`${props.device.isOutput ? 'Output' : 'Input'} ${props.device.name}`}
      data-testid={`device-${props.device.name}`}
    >
      <BandHead device={props.device} />
      <div class="band-body">
        <div class="strip device-strip">
          <LevelControls
            target={{ device: props.device.name }}
            name={props.device.name}
            volume={props.device.volume}
            muted={props.device.muted}
          />
        </div>
        <For each={clients()}>
          {(client) => <ClientGroup client={client} streams={playing().filter((stream) => stream.client === client)} />}
        </For>
        <Show when={props.device.isOutput && playing().length === 0}>
          <p class="silence">Nothing plays here.</p>
        </Show>
      </div>
      <Listeners streams={listening()} />
    </section>
  );
}

function BandHead(props: { device: DeviceState }): JSX.Element {
  const { ask } = useMixer();
  const [failure, setFailure] = createSignal<Failure>();
  const makeDefault = (): void => void ask({ setDefault: { device: props.device.name } }, setFailure);
  return (
    <header class="band-head">
      <div class="band-title">
        <h2>{props.device.name}</h2>
        <span class="badge">{props.device.kind}</span>
        <Show
          when={props.device.isDefault}
          fallback={
            <Show when={props.device.isOutput && !props.device.lost}>
              <button
                type="button"
                class="quiet"
                aria-label={`Make ${props.device.name} the default output`}
                data-testid={`make-default-${props.device.name}`}
                onClick={makeDefault}
              >
                Make default
              </button>
            </Show>
          }
        >
          <span class="badge default" data-testid={`default-${props.device.name}`}>
            default
          </span>
        </Show>
        <Show when={props.device.lost}>
          <span class="badge alarm">lost</span>
        </Show>
        <Show when={props.device.suspended}>
          <span class="badge alarm">suspended</span>
        </Show>
      </div>
      <DeviceFacts device={props.device} />
      <FailureNote failure={failure()} onDismiss={() => setFailure(undefined)} />
    </header>
  );
}

function DeviceFacts(props: { device: DeviceState }): JSX.Element {
  const quantum = (): string => {
    const { quantumFrames, rate } = props.device;
    return quantumFrames && rate ? `${quantumFrames} (${((quantumFrames / rate) * 1000).toFixed(1)} ms)` : '–';
  };
  return (
    <dl class="device-facts">
      <Fact term="Format" value={formatWords(props.device)} />
      <Show when={channelVolumes(props.device)}>{(volumes) => <Fact term="Channels" value={volumes()} />}</Show>
      <Fact term="Quantum" value={quantum()} />
      <Fact term="Latency" value={milliseconds(props.device.delayUs)} />
      <Fact term="Xruns" value={String(props.device.xruns)} alarm={props.device.xruns > 0} />
      <Show when={props.device.restarts > 0}>
        <Fact term="Restarts" value={String(props.device.restarts)} alarm />
      </Show>
      <Fact term="Real time" value={props.device.realtime ? 'yes' : 'no'} />
    </dl>
  );
}

function Fact(props: { term: string; value: string; alarm?: boolean }): JSX.Element {
  return (
    <div classList={{ alarm: props.alarm ?? false }}>
      <dt>{props.term}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}
