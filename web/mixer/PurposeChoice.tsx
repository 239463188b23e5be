import { createUniqueId, For, type JSX } from 'solid-js';
import type { Purpose } from '../stream/play-order.js';

const PURPOSES = [
  ['talk', 'Talk'],
  ['music', 'Music'],
] as const;

interface PurposeProps {
  /** What it is chosen for. */
  readonly label: string;
  readonly value: Purpose;
  /** What each means here. */
  readonly hints: Readonly<Record<Purpose, string>>;
  readonly testId: string;
  readonly onChoose: (purpose: Purpose) => void;
}

/** Talk or music: a pair of radio buttons that look like a switch, and what the one that is on does. */
export function PurposeChoice(props: PurposeProps): JSX.Element {
  const name = createUniqueId();
  return (
    <fieldset class="purpose" title={props.hints[props.value]}>
      <legend class="visually-hidden">{props.label}</legend>
      <div class="segments">
        <For each={PURPOSES}>
          {([purpose, words]) => (
            <label>
              <input
                type="radio"
                name={name}
                value={purpose}
                checked={props.value === purpose}
                data-testid={`${props.testId}-${purpose}`}
                onChange={() => props.onChoose(purpose)}
              />
              <span>{words}</span>
            </label>
          )}
        </For>
      </div>
      <p class="explained dim">{props.hints[props.value]}</p>
    </fieldset>
  );
}
