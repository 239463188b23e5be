import { createSignal, For, Show, type JSX } from 'solid-js';
import { insecureContext } from '../stream/audio-context.js';
import { RATE } from '../stream/limits.js';
import type { ListenReport } from '../stream/listen/listen-messages.js';
import type { ListenPhase } from '../stream/listen/listen-order.js';
import type { Listening } from '../stream/listening.js';
import type { PcmReason } from '../stream/play-order.js';
import { isLoopback } from '../stream/samples.js';
import { FailureNote } from './FailureNote.js';
import { HopList } from './HopList.js';
import { CODEC_WORDS, driftWords, hopsOfListening, msWords, PCM_REASONS } from './latency.js';
import { useMixer } from './mixer.js';
import { HeardOnChoice } from './OwnDeviceChoice.js';
import { PurposeChoice } from './PurposeChoice.js';
import { useTab } from './tab.js';
import { TuningChoice } from './TuningChoice.js';
import { decibelText } from './volume.js';

const PHASE_WORDS: Record<ListenPhase, string> = {
  opening: 'Opening…',
  listening: 'Listening',
  reconnecting: 'Waiting for the server…',
  ended: 'Ended',
};

const HINTS = {
  talk: 'Lowest latency; a bad network is heard.',
  music: 'A little later; a bad network is not heard.',
} as const;

/** Listen: what an output plays, or an input hears, in this page. */
export function ListenPanel(): JSX.Element {
  const { sources, state, defaultOutput } = useMixer();
  const { hearing } = useTab();
  const [chosen, setChosen] = createSignal<string>();
  const device = (): string => {
    const wanted = chosen();
    if (wanted !== undefined && sources().includes(wanted)) return wanted;
    const all = sources();
    return all.find((source) => state.devices[source]?.monitorOf === defaultOutput()) ?? all[0] ?? '';
  };
  const choose = (source: string): void => {
    setChosen(source);
    if (hearing.listening()) hearing.listen(source);
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
          when={hearing.listening()}
          fallback={
            <button
              type="button"
              class="primary"
              disabled={!!insecureContext() || device() === ''}
              data-testid="listen-start"
              onClick={() => hearing.listen(device())}
            >
              Listen
            </button>
          }
        >
          <button type="button" data-testid="listen-stop" onClick={() => hearing.stop()}>
            Stop
          </button>
        </Show>
      </div>
      <HeardOnChoice />
      <PurposeChoice
        label="What listening is for"
        value={hearing.tuning().purpose}
        hints={HINTS}
        testId="listen"
        onChoose={(purpose) => hearing.retune({ purpose })}
      />
      <label class="check">
        <input
          type="checkbox"
          data-testid="mix-minus"
          checked={hearing.mixMinus()}
          onChange={(event) => hearing.setMixMinus(event.currentTarget.checked)}
        />
        <span>Leave out what this page plays</span>
      </label>
      <FailureNote failure={hearing.failure()} />
      <Show when={hearing.followed()}>{(listening) => <Heard listening={listening()()} />}</Show>
      <details class="way" data-testid="listen-way">
        <summary>Codec and latency</summary>
        <TuningChoice
          tuning={hearing.tuning()}
          label="listening"
          testId="listen"
          onChange={(change) => hearing.retune(change)}
        />
      </details>
    </section>
  );
}

const ms = (frames: number): string => msWords((frames / RATE) * 1000);

/** What is heard, as measured where it is played. */
function Heard(props: { listening: Listening }): JSX.Element {
  const report = (): ListenReport | undefined => props.listening.report;
  const figures = (): (readonly [term: string, value: string])[] => [
    ['Packets late', String(props.listening.latePackets)],
    ['Frames lost', String(report()?.lostFrames ?? 0)],
    ['Made up', ms(report()?.concealedFrames ?? 0)],
    ['Clock drift', driftWords(report()?.driftPpm ?? 0)],
  ];
  return (
    <div class="heard" data-testid="heard" data-phase={props.listening.phase}>
      <p>
        <i class="dot" aria-hidden="true" /> {PHASE_WORDS[props.listening.phase]}
        <span class="figure dim" title="Peak, as heard here">
          {decibelText(20 * Math.log10(report()?.peak ?? 0))}
        </span>
      </p>
      <details class="way">
        <summary>
          <span class="figure" data-testid="listen-latency">
            {msWords(props.listening.latencyMs)}
          </span>{' '}
          from the mix to your ear · {CODEC_WORDS[props.listening.codec]}
        </summary>
        <Show when={props.listening.hops}>
          {(hops) => <HopList hops={hopsOfListening(hops())} figures={figures()} />}
        </Show>
      </details>
      <Show when={fallBackOf(props.listening)}>{(reason) => <p class="fallback">{PCM_REASONS[reason()]}</p>}</Show>
      <dl class="device-facts">
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

/** Why PCM is heard where Opus was wanted. */
function fallBackOf({ wish, codec, phase }: Listening): PcmReason | undefined {
  const wanted = wish.codec === 'opus' || (wish.codec === 'auto' && !isLoopback(location.hostname));
  if (!wanted || codec === 'opus' || phase !== 'listening') return undefined;
  return typeof AudioDecoder === 'undefined' ? 'browser' : 'server';
}
