import { createContext, createEffect, createMemo, createSignal, on, useContext, type Accessor } from 'solid-js';
import { failureOf, type Failure } from '../session/failure.js';
import { audioContext, unlockAudio } from '../stream/audio-context.js';
import { FileSource } from '../stream/file-source.js';
import { Listening } from '../stream/listening.js';
import { openMicrophone, openScreen } from '../stream/live-source.js';
import type { Purpose } from '../stream/play-order.js';
import { Playback } from '../stream/playback.js';
import type { Source } from '../stream/source.js';
import type { Mixer } from './mixer.js';
import { watched } from './watched.js';

/** What this page itself plays and hears. */
export interface Tab {
  /** Output to play to; empty is the default one. */
  readonly device: Accessor<string>;
  readonly setDevice: (device: string) => void;
  readonly plays: Accessor<Accessor<Playback>[]>;
  /** Names of files that are being decoded. */
  readonly decoding: Accessor<string[]>;
  readonly playFailure: Accessor<Failure | undefined>;
  readonly dismissPlayFailure: () => void;
  readonly playFiles: (files: Iterable<File>) => void;
  readonly playMicrophone: () => void;
  readonly playScreen: () => void;
  readonly forget: (play: Accessor<Playback>) => void;
  /** Stops what of this page is stream `stream` in the mixer. */
  readonly stopStream: (stream: number) => void;

  readonly listening: Accessor<Listening | undefined>;
  readonly listenFailure: Accessor<Failure | undefined>;
  readonly mixMinus: Accessor<boolean>;
  readonly setMixMinus: (mixMinus: boolean) => void;
  readonly listenPurpose: Accessor<Purpose>;
  /** From the next listening on. */
  readonly setListenPurpose: (purpose: Purpose) => void;
  readonly listen: (device: string) => void;
  readonly stopListening: () => void;
}

const TabContext = createContext<Tab>();
export const TabProvider = TabContext.Provider;

export function useTab(): Tab {
  const tab = useContext(TabContext);
  if (!tab) throw new Error('no tab around this component');
  return tab;
}

export function createTab(mixer: Mixer): Tab {
  const tab = { ...createPlays(mixer), ...createListening(mixer) };
  // Who talks does not want to hear himself late; the box shows it and can be unticked.
  const talks = createMemo(() => tab.plays().some((play) => play().source.kind === 'microphone'));
  createEffect(on(talks, tab.setMixMinus, { defer: true }));
  return tab;
}

type Plays = Omit<Tab, keyof ReturnType<typeof createListening>>;

function createPlays(mixer: Mixer): Plays {
  const [device, setDevice] = createSignal('');
  const [plays, setPlays] = createSignal<Accessor<Playback>[]>([]);
  const [decoding, setDecoding] = createSignal<string[]>([]);
  const [playFailure, setPlayFailure] = createSignal<Failure>();

  const forget = (play: Accessor<Playback>): void => void setPlays((all) => all.filter((other) => other !== play));
  const begin = (source: Source, purpose: Purpose): void => {
    const wish = { device: device(), purpose, codec: 'auto', latencyMs: 'auto' } as const;
    const play = watched((changed) => new Playback(mixer.net, source, { ...wish, changed }));
    setPlays((all) => [...all, play]);
  };
  const start = async (purpose: Purpose, open: () => Promise<Source>): Promise<void> => {
    setPlayFailure(undefined);
    try {
      begin(await open(), purpose);
    } catch (thrown) {
      const failure = failureOf(thrown);
      setPlayFailure(failure);
      mixer.announce(`${failure.what} ${failure.wayOut}`);
    }
  };
  const playFile = async (file: File): Promise<void> => {
    setDecoding((names) => [...names, file.name]);
    await start('music', () => FileSource.open(file, audioContext()));
    setDecoding((names) => names.filter((_, i) => i !== names.indexOf(file.name)));
  };
  return {
    device,
    setDevice,
    plays,
    decoding,
    playFailure,
    dismissPlayFailure: () => setPlayFailure(undefined),
    playFiles: (files) => {
      for (const file of files) void playFile(file);
    },
    // The context is woken first: browsers let sound begin in the click's own turn only.
    playMicrophone: () => void start('talk', () => unlockAudio().then(() => openMicrophone('talk'))),
    playScreen: () => void start('music', () => unlockAudio().then(openScreen)),
    forget,
    stopStream: (stream) =>
      plays()
        .find((play) => play().stream === stream)?.()
        .stop(),
  };
}

type ListenPart = Pick<
  Tab,
  | 'listening'
  | 'listenFailure'
  | 'mixMinus'
  | 'setMixMinus'
  | 'listenPurpose'
  | 'setListenPurpose'
  | 'listen'
  | 'stopListening'
>;

function createListening(mixer: Mixer): ListenPart {
  const [current, setCurrent] = createSignal<Accessor<Listening>>();
  const [failure, setFailure] = createSignal<Failure>();
  const [mixMinus, setMixMinus] = createSignal(false);
  const [listenPurpose, setListenPurpose] = createSignal<Purpose>('music');
  const listening = (): Listening | undefined => {
    const now = current()?.();
    return now && now.phase !== 'ended' ? now : undefined;
  };
  const endedBy = createMemo(() => current()?.().failure);
  createEffect(on(mixMinus, (wanted) => listening()?.setMixMinus(wanted), { defer: true }));

  const listen = async (device: string): Promise<void> => {
    setFailure(undefined);
    try {
      const context = await unlockAudio();
      listening()?.stop();
      const wish = { purpose: listenPurpose(), codec: 'auto', latencyMs: 'auto' } as const;
      const options = { device, mixMinus: mixMinus(), ...wish };
      setCurrent(() => watched((changed) => new Listening(mixer.net, context, { ...options, changed })));
    } catch (thrown) {
      setFailure(failureOf(thrown));
    }
  };
  return {
    listening,
    listenFailure: () => failure() ?? endedBy(),
    mixMinus,
    setMixMinus,
    listenPurpose,
    setListenPurpose,
    listen: (device) => void listen(device),
    stopListening: () => listening()?.stop(),
  };
}
