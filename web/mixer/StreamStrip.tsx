import { createSignal, For, Show, untrack, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';
import type { StreamState } from '../session/mixer-state.js';
import { FailureNote } from './FailureNote.js';
import { driftWords, latencyUsOf, soundWords, wayWords } from './latency.js';
import { LevelControls } from './LevelControls.js';
import { useMixer } from './mixer.js';
import { useTab } from './tab.js';
import { milliseconds, phaseWords } from './words.js';

/** One playback stream: its level, what it is, how it does, and where it goes. */
export function StreamStrip(props: { stream: StreamState }): JSX.Element {
  const { ask, outputs, ownClient, state } = useMixer();
  const { stopStream } = useTab();
  const [failure, setFailure] = createSignal<Failure>();
  const stream = (): number => props.stream.stream;
  const name = (): string => props.stream.name || `Stream ${stream()}`;
  const moveTo = (select: HTMLSelectElement): void => {
    setFailure(undefined);
    void ask({ moveStream: { stream: stream(), device: select.value } }, (refusal) => {
      select.value = untrack(() => props.stream.device);
      setFailure(refusal);
    });
  };

  return (
    <article class="strip" aria-label={name()} data-testid={`stream-${stream()}`} data-phase={props.stream.phase}>
      <header class="strip-head">
        <h4 title={name()}>{name()}</h4>
        <Show when={props.stream.client === ownClient()}>
          <button
            type="button"
            class="quiet icon"
            aria-label={`Close ${name()}`}
            title="Close"
            onClick={() => stopStream(stream())}
          >
            ×
          </button>
        </Show>
        <p class="phase">
          <i class="dot" aria-hidden="true" />
          <span data-testid={`phase-${stream()}`}>{phaseWords(props.stream, state.devices[props.stream.device])}</span>
          <span class="dim figure" title={latencyTitle(props.stream)} data-testid={`latency-${stream()}`}>
            {milliseconds(latencyUsOf(props.stream))}
          </span>
        </p>
      </header>
      <LevelControls
        target={{ stream: stream() }}
        name={name()}
        volume={props.stream.volume}
        muted={props.stream.muted}
      />
      <p class="facts">
        <span>{wayWords(props.stream, state.clients[props.stream.client])}</span>
        <span>{soundWords(props.stream)}</span>
        <Show when={props.stream.jitter}>{(jitter) => <span>drift {driftWords(jitter().driftPpm)}</span>}</Show>
        <Troubles stream={props.stream} />
      </p>
      <label class="move">
        <span class="visually-hidden">Move {name()} to</span>
        <select
          title="Move to another output"
          value={props.stream.device}
          data-testid={`move-${stream()}`}
          onChange={(event) => moveTo(event.currentTarget)}
        >
          <Show when={!outputs().includes(props.stream.device)}>
            <option value={props.stream.device}>{props.stream.device || 'nowhere'}</option>
          </Show>
          <For each={outputs()}>
            {(output) => (
              <option value={output} selected={output === props.stream.device}>
                {output}
              </option>
            )}
          </For>
        </select>
      </label>
      <FailureNote failure={failure()} onDismiss={() => setFailure(undefined)} />
    </article>
  );
}

const latencyTitle = ({ jitter }: StreamState): string =>
  `Measured latency, from ${jitter ? 'the microphone' : 'the newest frame'} to the speaker`;

/** Only what went wrong is worth the room. */
export function Troubles(props: { stream: StreamState }): JSX.Element {
  return (
    <>
      <Show when={props.stream.underruns > 0}>
        <span class="trouble">
          {props.stream.underruns} {props.stream.underruns === 1 ? 'underrun' : 'underruns'}
        </span>
      </Show>
      <Show when={props.stream.droppedFrames > 0}>
        <span class="trouble">{props.stream.droppedFrames} frames dropped</span>
      </Show>
      <Show when={props.stream.jitter?.lostPackets}>
        {(lost) => <span class="trouble">{lost()} packets lost</span>}
      </Show>
      <Show when={props.stream.jitter?.latePackets}>
        {(late) => <span class="trouble">{late()} packets late</span>}
      </Show>
    </>
  );
}
