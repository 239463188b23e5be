import { type JSX } from 'solid-js';

/** A triangle against a bar, as on every player. */
export function StepIcon(props: { by: 1 | -1 }): JSX.Element {
  return (
    <svg class="step-icon" viewBox="0 0 12 12" aria-hidden="true">
      <path d={props.by > 0 ? 'M1 1l7 5-7 5zM9 1h2v10H9z' : 'M11 1L4 6l7 5zM3 1H1v10h2z'} />
    </svg>
  );
}
