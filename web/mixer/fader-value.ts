import { createEffect, createSignal, onCleanup, untrack, type Accessor } from 'solid-js';
import { LatestSender } from './latest-sender.js';

const LEAST_MS = 25;
/** The server's echo of a position, a float on its way, is the same position. */
const SAME = 0.0005;
/** How long after the last answer a position of ours may stand against the server's. */
const ECHO_MS = 600;

export interface FaderValue {
  readonly position: Accessor<number>;
  move(position: number): void;
  /** A finger is on it or has left it. */
  hold(held: boolean): void;
}

/** A fader's position: the server's, but ours while a finger is on it and until the server's echo has caught up. */
export function createFaderValue(remote: Accessor<number>, send: (position: number) => Promise<void>): FaderValue {
  const [local, setLocal] = createSignal<number>();
  let held = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const sender = new LatestSender(async (position: number) => {
    await send(position);
    release();
  }, LEAST_MS);

  const release = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!held && sender.idle) setLocal(undefined);
    }, ECHO_MS);
  };
  createEffect(() => {
    const echoed = Math.abs(remote() - (untrack(local) ?? Infinity)) < SAME;
    if (echoed && !held) setLocal(undefined);
  });
  onCleanup(() => clearTimeout(timer));

  return {
    position: () => local() ?? remote(),
    move: (position) => {
      if (position === (local() ?? remote())) return;
      setLocal(position);
      sender.push(position);
    },
    hold: (now) => {
      held = now;
      release();
    },
  };
}
