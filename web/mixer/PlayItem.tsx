import { createEffect, createSignal, onCleanup, Show, type JSX } from 'solid-js';
import type { PlaybackPhase } from '../stream/play-order.js';
import type { Playback } from '../stream/playback.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';
import { clockWords } from './words.js';

const PROGRESS_MS = 200;

const PHASE_WORDS: Record<PlaybackPhase, string> = {
  opening: 'opening',
  playing: 'playing',
  draining: 'ending',
  reconnecting: 'reconnecting',
  ended: 'ended',
};

const KIND_WORDS = { file: 'File', microphone: 'Microphone', screen: 'Tab or screen' } as const;

/** Something that this page plays: how far it is, pause, stop. It leaves when it ended well; a failure stays to be read. */
export function PlayItem(props: { play: Playback; onForget: () => void }): JSX.Element {
  const { announce } = useMixer();
  createEffect(() => {
    if (props.play.phase !== 'ended') return;
    const { failure } = props.play;
    if (failure) announce(`${props.play.source.name}: ${failure.what} ${failure.wayOut}`);
    else props.onForget();
  });
  const words = (): string =>
    props.play.paused && props.play.phase === 'playing' ? 'paused' : PHASE_WORDS[props.play.phase];

  return (
    <li class="play" data-testid="play-item" data-kind={props.play.source.kind} data-phase={words()}>
      <div class="play-head">
        <div class="play-name">
          <strong title={props.play.source.name}>{props.play.source.name}</strong>
          <span class="dim">
            {KIND_WORDS[props.play.source.kind]} · <span data-testid="play-phase">{words()}</span>
            <Show when={props.play.droppedFrames > 0}> · {props.play.droppedFrames} frames dropped</Show>
          </span>
        </div>
        <Show when={props.play.phase !== 'ended'}>
          <button
            type="button"
            aria-label={`${props.play.paused ? 'Resume' : 'Pause'} ${props.play.source.name}`}
            data-testid="play-pause"
            onClick={() => props.play.setPaused(!props.play.paused)}
          >
            {props.play.paused ? 'Resume' : 'Pause'}
          </button>
          <button
            type="button"
            aria-label={`Stop ${props.play.source.name}`}
            data-testid="play-stop"
            onClick={() => props.play.stop()}
          >
            Stop
          </button>
        </Show>
      </div>
      <Show when={props.play.source.lengthFrames}>
        {(lengthFrames) => <Progress play={props.play} lengthFrames={lengthFrames()} />}
      </Show>
      <FailureNote failure={props.play.failure} onDismiss={() => props.onForget()} />
    </li>
  );
}

function Progress(props: { play: Playback; lengthFrames: number }): JSX.Element {
  const [frames, setFrames] = createSignal(0);
  const timer = setInterval(() => setFrames(props.play.positionFrames), PROGRESS_MS);
  onCleanup(() => clearInterval(timer));
  return (
    <div class="progress-line">
      <progress
        max={props.lengthFrames}
        value={frames()}
        aria-label={`Position in ${props.play.source.name}`}
        data-testid="play-progress"
      />
      <span class="figure dim">
        {clockWords(frames() / props.play.source.rate)} / {clockWords(props.lengthFrames / props.play.source.rate)}
      </span>
    </div>
  );
}
