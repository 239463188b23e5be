import { For, type JSX } from 'solid-js';
import type { Tuning } from '../stream/play-order.js';

const CODECS = [
  ['auto', 'Automatic'],
  ['pcm', 'PCM'],
  ['opus', 'Opus'],
] as const;

const LATENCIES_MS = [10, 20, 40, 80, 150, 300, 600, 1000] as const;

interface TuningProps {
  readonly tuning: Tuning;
  /** Of what. */
  readonly label: string;
  readonly testId: string;
  readonly onChange: (change: Partial<Tuning>) => void;
}

/** For who knows better than "automatic". */
export function TuningChoice(props: TuningProps): JSX.Element {
  const chooseCodec = (value: string): void => {
    const chosen = CODECS.find(([codec]) => codec === value);
    if (chosen) props.onChange({ codec: chosen[0] });
  };
  return (
    <div class="tuning">
      <label>
        <span>Codec</span>
        <select
          aria-label={`Codec of ${props.label}`}
          data-testid={`${props.testId}-codec`}
          value={props.tuning.codec}
          onChange={(event) => chooseCodec(event.currentTarget.value)}
        >
          <For each={CODECS}>{([codec, words]) => <option value={codec}>{words}</option>}</For>
        </select>
      </label>
      <label>
        <span>Latency</span>
        <select
          aria-label={`Latency of ${props.label}`}
          data-testid={`${props.testId}-latency`}
          value={String(props.tuning.latencyMs)}
          onChange={({ currentTarget: { value } }) =>
            props.onChange({ latencyMs: value === 'auto' ? 'auto' : Number(value) })
          }
        >
          <option value="auto">Automatic</option>
          <For each={LATENCIES_MS}>{(latencyMs) => <option value={latencyMs}>{latencyMs} ms</option>}</For>
        </select>
      </label>
    </div>
  );
}
