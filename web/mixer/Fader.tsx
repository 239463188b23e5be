import { createSignal, onCleanup, onMount, type JSX } from 'solid-js';
import type { FaderValue } from './fader-value.js';
import { bounded, decibelsOf, decibelText, MOST, percent, positionAfterKey, UNITY } from './volume.js';

/** Shift makes a drag this much finer. */
const FINE = 0.2;
const WHEEL_STEP = 0.02;
/** A wheel that scrolls the page must not move the fader that happens to come under the pointer. */
const SCROLL_GUARD_MS = 400;
/** Near unity a drag rests there. */
const DETENT = 0.012;

let scrolledMs = -Infinity;
addEventListener('scroll', () => (scrolledMs = performance.now()), { passive: true });

const narrow = matchMedia('(max-width: 720px)');

/** 0 to 150 %, unity marked. Drags are relative: touching it does not move it. Wheel, keys, double-click to 100 %. */
export function Fader(props: { value: FaderValue; label: string; testId: string; onMuteKey: () => void }): JSX.Element {
  const [lying, setLying] = createSignal(narrow.matches);
  const turn = (): void => void setLying(narrow.matches);
  narrow.addEventListener('change', turn);
  onCleanup(() => narrow.removeEventListener('change', turn));

  let track: HTMLDivElement | undefined;
  const move = (position: number): void => props.value.move(bounded(position));

  /** Where the drag is, unbounded, so that overshoot is taken back first. */
  let wanted = 0;
  const grab = (event: PointerEvent): void => {
    if (event.button !== 0 || !track) return;
    track.setPointerCapture(event.pointerId);
    wanted = props.value.position();
    props.value.hold(true);
  };
  const drag = (event: PointerEvent): void => {
    if (!track?.hasPointerCapture(event.pointerId)) return;
    const box = track.getBoundingClientRect();
    const share = lying() ? event.movementX / box.width : -event.movementY / box.height;
    wanted += share * MOST * (event.shiftKey ? FINE : 1);
    move(Math.abs(wanted - UNITY) < DETENT ? UNITY : wanted);
  };
  const wheel = (event: WheelEvent): void => {
    if (performance.now() - scrolledMs < SCROLL_GUARD_MS || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    move(props.value.position() - Math.sign(event.deltaY) * WHEEL_STEP);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = positionAfterKey(props.value.position(), event.key);
    if (next !== undefined) move(next);
    else if (event.key === 'm') props.onMuteKey();
    else return;
    event.preventDefault();
  };
  // JSX listens passively, and a passive listener cannot keep the page from scrolling.
  onMount(() => track?.addEventListener('wheel', wheel, { passive: false }));

  return (
    <div
      ref={track}
      class="fader"
      role="slider"
      tabindex="0"
      aria-label={props.label}
      aria-orientation={lying() ? 'horizontal' : 'vertical'}
      aria-valuemin="0"
      aria-valuemax={MOST * 100}
      aria-valuenow={Math.round(props.value.position() * 100)}
      aria-valuetext={`${percent(props.value.position())}, ${decibelText(decibelsOf(props.value.position()))}`}
      title="Drag (Shift: finer), wheel or arrow keys; double-click for 100 %; M mutes"
      data-testid={props.testId}
      style={{ '--share': props.value.position() / MOST }}
      onPointerDown={grab}
      onPointerMove={drag}
      onLostPointerCapture={() => props.value.hold(false)}
      onDblClick={() => move(UNITY)}
      onKeyDown={key}
    >
      <span class="fader-track" />
      <span class="fader-fill" />
      <span class="fader-unity" />
      <span class="fader-cap" />
    </div>
  );
}
