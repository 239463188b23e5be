import { createSignal, onCleanup, Show, type JSX } from 'solid-js';
import type { Playback } from '../stream/playback.js';
import { StepIcon } from './StepIcon.js';
import { clockWords } from './words.js';

const PROGRESS_MS = 200;
/** A key that is held, or a hand that drags, is followed when it rests: each seek begins the stream anew. */
const REST_MS = 150;
/** Of the slider under the pointer, and under the keys: those that say how far, and the way. */
const FINE_S = 0.1;
const KEYS_S: Record<string, number> = {
  ArrowLeft: -5,
  ArrowDown: -5,
  ArrowRight: 5,
  ArrowUp: 5,
  PageDown: -30,
  PageUp: 30,
};

interface SeekProps {
  readonly play: Playback;
  readonly lengthFrames: number;
  /** To the file after or before. */
  readonly onStep?: ((by: 1 | -1) => void) | undefined;
}

/** How far a file is, and the way to elsewhere in it. */
export function SeekBar(props: SeekProps): JSX.Element {
  const [played, setPlayed] = createSignal(0);
  const [wanted, setWanted] = createSignal<number>();
  const follow = (): void => void setPlayed(seconds(props.play.positionFrames));
  const timer = setInterval(follow, PROGRESS_MS);
  let rest: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => {
    clearInterval(timer);
    clearTimeout(rest);
  });
  const seconds = (frames: number): number => frames / props.play.source.rate;
  const at = (): number => wanted() ?? played();
  const seek = (toSeconds: number): void => {
    setWanted(toSeconds);
    clearTimeout(rest);
    rest = setTimeout(() => {
      props.play.seek(Math.round(toSeconds * props.play.source.rate));
      follow();
      setWanted(undefined);
    }, REST_MS);
  };
  const stepByKey = (event: KeyboardEvent): void => {
    const byS = KEYS_S[event.key];
    if (byS === undefined) return;
    event.preventDefault();
    seek(Math.max(0, Math.min(seconds(props.lengthFrames), at() + byS)));
  };
  const words = (): string => `${clockWords(at())} of ${clockWords(seconds(props.lengthFrames))}`;

  return (
    <div class="progress-line">
      <Show when={props.onStep}>{(step) => <StepButton by={-1} label="Previous file" onStep={step()} />}</Show>
      <input
        type="range"
        class="seek"
        style={{ '--share': at() / seconds(props.lengthFrames) }}
        min="0"
        max={seconds(props.lengthFrames)}
        step={FINE_S}
        value={at()}
        aria-label={`Position in ${props.play.source.name}`}
        aria-valuetext={words()}
        data-testid="play-seek"
        onKeyDown={stepByKey}
        onInput={(event) => seek(event.currentTarget.valueAsNumber)}
      />
      <Show when={props.onStep}>{(step) => <StepButton by={1} label="Next file" onStep={step()} />}</Show>
      <span class="figure dim">
        {clockWords(at())} / {clockWords(seconds(props.lengthFrames))}
      </span>
    </div>
  );
}

function StepButton(props: { by: 1 | -1; label: string; onStep: (by: 1 | -1) => void }): JSX.Element {
  return (
    <button
      type="button"
      class="quiet icon"
      aria-label={props.label}
      title={props.label}
      data-testid={props.by > 0 ? 'play-next' : 'play-previous'}
      onClick={() => props.onStep(props.by)}
    >
      <StepIcon by={props.by} />
    </button>
  );
}
