import { onCleanup, onMount, Show, untrack, type JSX } from 'solid-js';
import type { MeterKey } from './meter-layer.js';
import { useMixer } from './mixer.js';

/** The place of one meter; the canvas layer draws it, along its longer side. */
export function MeterSlot(props: { of: MeterKey; readout?: boolean }): JSX.Element {
  const { meters } = useMixer();
  let slot: HTMLDivElement | undefined;
  let readout: HTMLSpanElement | undefined;
  onMount(() => {
    // A meter never changes what it measures.
    const key = untrack(() => props.of);
    if (slot) onCleanup(meters.add(key, slot, readout));
  });
  return (
    <>
      <div class="meter" ref={slot} aria-hidden="true" data-testid={`meter-${props.of}`} />
      <Show when={props.readout}>
        <span class="peak" ref={readout} role="img" aria-label="Peak level" title="Peak, held">
          −∞ dB
        </span>
      </Show>
    </>
  );
}
