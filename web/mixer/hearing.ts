import { createEffect, createMemo, createSignal, on, type Accessor } from 'solid-js';
import { failureOf, type Failure } from '../session/failure.js';
import { unlockAudio } from '../stream/audio-context.js';
import { Listening } from '../stream/listening.js';
import type { Tuning } from '../stream/play-order.js';
import type { Mixer } from './mixer.js';
import { watched } from './watched.js';

/** What this page hears. */
export interface Hearing {
  readonly listening: Accessor<Listening | undefined>;
  /** The same as what follows it: <Show> does not look twice at an object that stays the same. */
  readonly followed: Accessor<Accessor<Listening> | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  readonly mixMinus: Accessor<boolean>;
  readonly setMixMinus: (mixMinus: boolean) => void;
  readonly tuning: Accessor<Tuning>;
  /** For what is heard now, too. */
  readonly retune: (change: Partial<Tuning>) => void;
  readonly listen: (device: string) => void;
  readonly stop: () => void;
}

export function createHearing(mixer: Mixer): Hearing {
  const [current, setCurrent] = createSignal<Accessor<Listening>>();
  const [failure, setFailure] = createSignal<Failure>();
  const [mixMinus, setMixMinus] = createSignal(false);
  const [tuning, setTuning] = createSignal<Tuning>({ purpose: 'music', codec: 'auto', latencyMs: 'auto' });
  const followed = createMemo(() => (current()?.().phase === 'ended' ? undefined : current()));
  const listening = (): Listening | undefined => followed()?.();
  const endedBy = createMemo(() => current()?.().failure);
  createEffect(on(mixMinus, (wanted) => listening()?.setMixMinus(wanted), { defer: true }));

  const listen = async (device: string): Promise<void> => {
    setFailure(undefined);
    try {
      const context = await unlockAudio();
      listening()?.stop();
      const options = { device, mixMinus: mixMinus(), ...tuning() };
      setCurrent(() => watched((changed) => new Listening(mixer.net, context, { ...options, changed })));
    } catch (thrown) {
      setFailure(failureOf(thrown));
    }
  };
  return {
    listening,
    followed,
    failure: () => failure() ?? endedBy(),
    mixMinus,
    setMixMinus,
    tuning,
    retune: (change) => {
      setTuning((before) => ({ ...before, ...change }));
      const now = listening();
      if (now) void listen(now.device);
    },
    listen: (device) => void listen(device),
    stop: () => listening()?.stop(),
  };
}
