import { createSignal, For, Show, type JSX } from 'solid-js';
import { insecureContext } from '../stream/audio-context.js';
import { RATE } from '../stream/limits.js';
import type { ListenReport } from '../stream/listen/listen-messages.js';
import type { ListenPhase } from '../stream/listen/listen-order.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';
import { useTab } from './tab.js';
import { decibelText } from './volume.js';

const PHASE_WORDS: Record<ListenPhase, string> = {
  opening: 'Opening…',
  listening: 'Listening',
  reconnecting: 'Waiting for the server…',
  ended: 'Ended',
};

/** Listen: what an output plays, or an input hears, in this page. */
export function ListenPanel(): JSX.Element {
  const { sources, state, defaultOutput } = useMixer();
  const tab = useTab();
  const [chosen, setChosen] = createSignal<string>();
  const device = (): string => {
    const wanted = chosen();
    if (wanted !== undefined && sources().includes(wanted)) return wanted;
    const all = sources();
    return all.find((source) => state.devices[source]?.monitorOf === defaultOutput()) ?? all[0] ?? '';
  };
  const choose = (source: string): void => {
    setChosen(source);
    if (tab.listening()) tab.listen(source);
  };
  const talk = (wanted: boolean): void => {
    tab.setListenPurpose(wanted ? 'talk' : 'music');
    if (tab.listening()) tab.listen(device());
  };
  return (
    <section class="panel" id="listen" aria-labelledby="listen-title" data-testid="listen-panel">
      <h2 id="listen-title">Listen</h2>
      <div class="listen-row">
        <select
          aria-label="What to listen to"
          data-testid="listen-source"
          value={device()}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <For each={sources()}>
            {(source) => (
              <option value={source} selected={source === device()}>
                {state.devices[source]?.monitorOf || source}
              </option>
            )}
          </For>
        </select>
        <Show
          when={tab.listening()}
          fallback={
            <button
              type="button"
              class="primary"
              disabled={!!insecureContext() || device() === ''}
              data-testid="listen-start"
              onClick={() => tab.listen(device())}
            >
              Listen
            </button>
          }
        >
          <button type="button" data-testid="listen-stop" onClick={() => tab.stopListening()}>
            Stop
          </button>
        </Show>
      </div>
      <label class="check">
        <input
          type="checkbox"
          data-testid="listen-talk"
          checked={tab.listenPurpose() === 'talk'}
          onChange={(event) => talk(event.currentTarget.checked)}
        />
        <span>Lowest latency, for talking</span>
      </label>
      <label class="check">
        <input
          type="checkbox"
          data-testid="mix-minus"
          checked={tab.mixMinus()}
          onChange={(event) => tab.setMixMinus(event.currentTarget.checked)}
        />
        <span>Leave out what this page plays</span>
      </label>
      <FailureNote failure={tab.listenFailure()} />
      <Show when={tab.listening()}>
        <Heard />
      </Show>
    </section>
  );
}

const ms = (frames: number): string => `${Math.round((frames / RATE) * 1000)} ms`;

/** What is heard, as measured where it is played. */
function Heard(): JSX.Element {
  // Read each time: the object stays the same while what it says changes.
  const { listening } = useTab();
  const report = (): ListenReport | undefined => listening()?.report;
  const latency = (): string => {
    const latencyMs = listening()?.latencyMs;
    return latencyMs === undefined ? '–' : `${Math.round(latencyMs)} ms`;
  };
  return (
    <div class="heard" data-testid="heard" data-phase={listening()?.phase}>
      <p>
        <i class="dot" aria-hidden="true" /> {PHASE_WORDS[listening()?.phase ?? 'ended']}
        <span class="figure dim" title="Peak, as heard here">
          {decibelText(20 * Math.log10(report()?.peak ?? 0))}
        </span>
      </p>
      <dl class="device-facts">
        <div>
          <dt>Latency</dt>
          <dd>{latency()}</dd>
        </div>
        <div>
          <dt>Buffer</dt>
          <dd>
            {ms(report()?.delayFrames ?? 0)} of {ms(report()?.targetFrames ?? 0)}
          </dd>
        </div>
        <div classList={{ alarm: (report()?.underruns ?? 0) > 0 }}>
          <dt>Underruns</dt>
          <dd data-testid="listen-underruns">{report()?.underruns ?? 0}</dd>
        </div>
      </dl>
    </div>
  );
}
