import { createContext, createEffect, createMemo, createSignal, on, useContext, type Accessor } from 'solid-js';
import type { Playback } from '../stream/playback.js';
import { createFilePlayer, type FilePlayer } from './file-player.js';
import { createHearing, type Hearing } from './hearing.js';
import { createLivePlays, type LivePlays } from './live-plays.js';
import type { Mixer } from './mixer.js';
import { createOwnDevices, type OwnDevices } from './own-devices.js';
import { createPresence } from './presence.js';

/** What this page itself plays and hears. */
export interface Tab {
  /** Output to play to; empty is the default one. */
  readonly device: Accessor<string>;
  readonly setDevice: (device: string) => void;
  readonly ownDevices: OwnDevices;
  readonly live: LivePlays;
  readonly files: FilePlayer;
  readonly hearing: Hearing;
  /** All that plays. */
  readonly plays: Accessor<readonly Playback[]>;
  /** Stops what of this page is stream `stream` in the mixer. */
  readonly stopStream: (stream: number) => void;
}

const TabContext = createContext<Tab>();
export const TabProvider = TabContext.Provider;

export function useTab(): Tab {
  const tab = useContext(TabContext);
  if (!tab) throw new Error('no tab around this component');
  return tab;
}

export function createTab(mixer: Mixer): Tab {
  const [device, setDevice] = createSignal('');
  const ownDevices = createOwnDevices();
  const live = createLivePlays(mixer, ownDevices, device);
  const files = createFilePlayer(mixer, device);
  const hearing = createHearing(mixer);
  const plays = (): readonly Playback[] => {
    const file = files.play();
    return [...(file ? [file] : []), ...live.plays().map((play) => play())];
  };
  const stopStream = (stream: number): void => {
    if (files.play()?.stream === stream) files.stop();
    else
      plays()
        .find((play) => play.stream === stream)
        ?.stop();
  };
  // Who talks does not want to hear himself late; the box shows it and can be unticked.
  const talks = createMemo(() => live.plays().some((play) => play().source.kind === 'microphone'));
  createEffect(on(talks, hearing.setMixMinus, { defer: true }));
  const tab = { device, setDevice, ownDevices, live, files, hearing, plays, stopStream };
  createPresence(tab);
  return tab;
}
