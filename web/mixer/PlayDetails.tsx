import { Show, type JSX } from 'solid-js';
import type { StreamState } from '../session/mixer-state.js';
import type { Playback } from '../stream/playback.js';
import { HopList } from './HopList.js';
import { CODEC_WORDS, hopsOfStream, latencyUsOf, networkFigures, PCM_REASONS } from './latency.js';
import { useMixer } from './mixer.js';
import { TuningChoice } from './TuningChoice.js';
import { milliseconds } from './words.js';

/** How long it takes from here to the loudspeaker, and as what it travels; opened, hop by hop, and how to have it otherwise. */
export function PlayDetails(props: { play: Playback }): JSX.Element {
  const { state } = useMixer();
  const stream = (): StreamState | undefined =>
    props.play.stream === undefined ? undefined : state.streams[props.play.stream];
  return (
    <>
      <details class="way" data-testid="play-way">
        <summary>
          <span class="figure" data-testid="play-latency">
            {milliseconds(latencyUsOfKnown(stream()))}
          </span>{' '}
          to the speaker · <span data-testid="play-travels">{CODEC_WORDS[props.play.codec]}</span>
        </summary>
        <Show when={stream()}>{(known) => <HopList hops={hopsOfStream(known())} figures={jitterOf(known())} />}</Show>
        <TuningChoice
          tuning={props.play.tuning}
          label={props.play.source.name}
          testId="play"
          onChange={(change) => props.play.retune(change)}
        />
      </details>
      <Show when={props.play.pcmReason}>
        {(reason) => (
          <p class="fallback" data-testid="play-fallback">
            {PCM_REASONS[reason()]}
          </p>
        )}
      </Show>
    </>
  );
}

const latencyUsOfKnown = (stream: StreamState | undefined): number => (stream ? latencyUsOf(stream) : 0);

const jitterOf = ({ jitter, rate }: StreamState): ReturnType<typeof networkFigures> =>
  jitter ? networkFigures(jitter, rate) : [];
