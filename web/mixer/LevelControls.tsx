import { createSignal, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';
import { createFaderValue } from './fader-value.js';
import { Fader } from './Fader.js';
import { FailureNote } from './FailureNote.js';
import { MeterScale } from './MeterScale.js';
import { MeterSlot } from './MeterSlot.js';
import type { MeterKey } from './meter-layer.js';
import { useMixer } from './mixer.js';
import { decibelsOf, decibelText, percent } from './volume.js';

export type LevelTarget = { readonly device: string } | { readonly stream: number };

interface LevelProps {
  readonly target: LevelTarget;
  /** What a person calls it. */
  readonly name: string;
  readonly volume: number;
  readonly muted: boolean;
}

/** Fader, meter, figures and mute: the same for an output and a stream. */
export function LevelControls(props: LevelProps): JSX.Element {
  const { ask } = useMixer();
  const [failure, setFailure] = createSignal<Failure>();
  const key = (): MeterKey =>
    'device' in props.target ? `device:${props.target.device}` : `stream:${props.target.stream}`;
  const setLevel = (level: { volume: number } | { muted: boolean }): Promise<void> => {
    setFailure(undefined);
    return ask({ setLevel: { ...props.target, ...level } }, setFailure);
  };
  const value = createFaderValue(
    () => props.volume,
    (volume) => setLevel({ volume }),
  );
  const toggleMute = (): void => void setLevel({ muted: !props.muted });

  return (
    <div class="level" classList={{ muted: props.muted }}>
      <div class="level-columns">
        <Fader value={value} label={`Volume of ${props.name}`} testId={`fader-${key()}`} onMuteKey={toggleMute} />
        <MeterScale />
        <MeterSlot of={key()} readout />
      </div>
      <div class="figures">
        <span class="percent" data-testid={`percent-${key()}`}>
          {percent(value.position())}
        </span>
        <span class="dim">{decibelText(decibelsOf(value.position()))}</span>
      </div>
      <button
        type="button"
        class="mute"
        aria-pressed={props.muted}
        aria-label={`Mute ${props.name}`}
        data-testid={`mute-${key()}`}
        onClick={toggleMute}
      >
        Mute
      </button>
      <FailureNote failure={failure()} onDismiss={() => setFailure(undefined)} />
    </div>
  );
}
