import { For, type JSX } from 'solid-js';
import { msWords, type Hop } from './latency.js';

/** Where the time goes, hop by hop, and what else there is to say of the way. */
export function HopList(props: {
  hops: readonly Hop[];
  figures: readonly (readonly [term: string, value: string])[];
}): JSX.Element {
  const totalMs = (): number => props.hops.reduce((sum, { ms }) => sum + ms, 0);
  return (
    <dl class="hops">
      <For each={props.hops.map(({ name }) => name)}>
        {(name, at) => <HopRow name={name} ms={props.hops[at()]?.ms ?? 0} totalMs={totalMs()} />}
      </For>
      <For each={props.figures.map(([term]) => term)}>
        {(term, at) => (
          <div>
            <dt>{term}</dt>
            <dd>{props.figures[at()]?.[1]}</dd>
          </div>
        )}
      </For>
    </dl>
  );
}

function HopRow(props: { name: string; ms: number; totalMs: number }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class="hop-share" aria-hidden="true">
        <meter min="0" max={props.totalMs || 1} value={props.ms} />
      </dd>
      <dd>{msWords(props.ms)}</dd>
    </div>
  );
}
