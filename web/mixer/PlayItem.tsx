import { createEffect, Show, type JSX } from 'solid-js';
import type { PlaybackPhase, Purpose } from '../stream/play-order.js';
import type { Playback } from '../stream/playback.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';
import { PlayDetails } from './PlayDetails.js';
import { PurposeChoice } from './PurposeChoice.js';
import { SeekBar } from './SeekBar.js';

const PHASE_WORDS: Record<PlaybackPhase, string> = {
  opening: 'opening',
  playing: 'playing',
  draining: 'ending',
  reconnecting: 'reconnecting',
  ended: 'ended',
};

const KIND_WORDS = { file: 'File', microphone: 'Microphone', screen: 'Tab or screen', address: 'Address' } as const;

const MICROPHONE_HINTS = {
  talk: 'Lowest latency. The browser cancels echo and noise.',
  music: 'Steadier, a little later. Nothing is changed.',
} as const;
const HINTS = { talk: 'Lowest latency.', music: 'Steadier, a little later.' } as const;

interface PlayProps {
  readonly play: Playback;
  readonly onStop: () => void;
  /** It ended, and what there was to read was read. */
  readonly onForget: () => void;
  /** Of live sound. */
  readonly onPurpose?: (purpose: Purpose) => void;
  /** Of files among others. */
  readonly onStep?: ((by: 1 | -1) => void) | undefined;
}

/** Something that this page plays: how far it is, pause, stop. It leaves when it ended well; a failure stays to be read. */
export function PlayItem(props: PlayProps): JSX.Element {
  const { announce } = useMixer();
  createEffect(() => {
    if (props.play.phase !== 'ended') return;
    const { failure } = props.play;
    if (failure) announce(`${props.play.source.name}: ${failure.what} ${failure.wayOut}`);
    else props.onForget();
  });
  const words = (): string =>
    props.play.paused && props.play.phase === 'playing' ? 'paused' : PHASE_WORDS[props.play.phase];
  const name = (): string => props.play.source.name;

  return (
    <li class="play" data-testid="play-item" data-kind={props.play.source.kind} data-phase={words()}>
      <div class="play-head">
        <div class="play-name">
          <strong title={name()}>{name()}</strong>
          <span class="dim">
            {KIND_WORDS[props.play.source.kind]} · <span data-testid="play-phase">{words()}</span>
            <Show when={props.play.droppedFrames > 0}> · {props.play.droppedFrames} frames dropped</Show>
          </span>
        </div>
        <Show when={props.play.phase !== 'ended'}>
          <button
            type="button"
            aria-label={`${props.play.paused ? 'Resume' : 'Pause'} ${name()}`}
            data-testid="play-pause"
            onClick={() => props.play.setPaused(!props.play.paused)}
          >
            {props.play.paused ? 'Resume' : 'Pause'}
          </button>
          <button type="button" aria-label={`Stop ${name()}`} data-testid="play-stop" onClick={() => props.onStop()}>
            Stop
          </button>
        </Show>
      </div>
      <Show when={props.play.source.lengthFrames}>
        {(lengthFrames) => <SeekBar play={props.play} lengthFrames={lengthFrames()} onStep={props.onStep} />}
      </Show>
      <Show when={props.play.phase !== 'ended' && props.onPurpose}>
        {(onPurpose) => (
          <PurposeChoice
            label={`What ${name()} is for`}
            value={props.play.tuning.purpose}
            hints={props.play.source.kind === 'microphone' ? MICROPHONE_HINTS : HINTS}
            testId="play-purpose"
            onChoose={(purpose) => onPurpose()(purpose)}
          />
        )}
      </Show>
      <Show when={props.play.phase !== 'ended'}>
        <PlayDetails play={props.play} />
      </Show>
      <FailureNote failure={props.play.failure} onDismiss={() => props.onForget()} />
    </li>
  );
}
