import { For, type JSX } from 'solid-js';
import { scaleShare } from './meter-ballistics.js';

const MARKS_DB = [0, -6, -12, -20, -30, -40, -60];

/** The marks beside an output's meter, where its ballistics put them. */
export function MeterScale(): JSX.Element {
  return (
    <div class="scale" aria-hidden="true">
      <For each={MARKS_DB}>{(db) => <span style={{ '--share': scaleShare(db) }}>{Math.abs(db)}</span>}</For>
    </div>
  );
}
