import { createEffect, createSignal, on, type Accessor } from 'solid-js';
import { failureOf, type Failure } from '../session/failure.js';
import { captureAddress } from '../stream/address-capture.js';
import { unlockAudio } from '../stream/audio-context.js';
import { LiveSource, type Capture } from '../stream/live-source.js';
import { captureMicrophone, captureScreen } from '../stream/media-capture.js';
import type { Purpose } from '../stream/play-order.js';
import { Playback } from '../stream/playback.js';
import type { Mixer } from './mixer.js';
import type { OwnDevices } from './own-devices.js';
import { watched } from './watched.js';

/** What this page plays as it is made: each a stream of its own. */
export interface LivePlays {
  readonly plays: Accessor<readonly Accessor<Playback>[]>;
  readonly failure: Accessor<Failure | undefined>;
  readonly dismissFailure: () => void;
  readonly playMicrophone: () => void;
  readonly playScreen: () => void;
  /** Resolves to whether it plays. */
  readonly playAddress: (address: string) => Promise<boolean>;
  readonly setPurpose: (play: Playback, purpose: Purpose) => void;
  readonly forget: (play: Accessor<Playback>) => void;
}

export function createLivePlays(mixer: Mixer, devices: OwnDevices, device: Accessor<string>): LivePlays {
  const [plays, setPlays] = createSignal<readonly Accessor<Playback>[]>([]);
  const [failure, setFailure] = createSignal<Failure>();
  /** As each kind was last wanted. */
  const purposes = { microphone: 'talk' as Purpose, screen: 'music' as Purpose, address: 'music' as Purpose };

  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    setFailure(undefined);
    try {
      await work();
      return true;
    } catch (thrown) {
      const failed = failureOf(thrown);
      setFailure(failed);
      mixer.announce(`${failed.what} ${failed.wayOut}`);
      return false;
    }
  };
  const begin = (kind: LiveSource['kind'], open: () => Promise<Capture>): Promise<boolean> =>
    attempt(async () => {
      // The context is woken first: browsers let sound begin in the click's own turn only.
      await unlockAudio();
      const source = new LiveSource(kind, await open());
      const wish = { device: device(), purpose: purposes[kind], codec: 'auto', latencyMs: 'auto' } as const;
      const play = watched((changed) => new Playback(mixer.net, source, { ...wish, changed }));
      setPlays((all) => [...all, play]);
      devices.refresh();
    });
  const microphoneWish = () => ({ purpose: purposes.microphone, deviceId: devices.microphone() });
  /** The same stream, from the microphone as it is wanted now. */
  const retake = ({ source }: Playback): Promise<boolean> =>
    attempt(async () => {
      if (source instanceof LiveSource) source.take(await captureMicrophone(microphoneWish(), source.context));
    });
  createEffect(
    on(
      devices.microphone,
      () => {
        for (const play of plays()) if (play().source.kind === 'microphone') void retake(play());
      },
      { defer: true },
    ),
  );
  return {
    plays,
    failure,
    dismissFailure: () => setFailure(undefined),
    playMicrophone: () => void begin('microphone', () => captureMicrophone(microphoneWish())),
    playScreen: () => void begin('screen', captureScreen),
    playAddress: (address) => begin('address', () => captureAddress(address)),
    setPurpose: (play, purpose) => {
      const { kind } = play.source;
      if (kind === 'file') return;
      purposes[kind] = purpose;
      play.retune({ purpose });
      if (kind === 'microphone') void retake(play);
    },
    forget: (play) => void setPlays((all) => all.filter((other) => other !== play)),
  };
}
