import { createEffect, createMemo, createSignal, onCleanup, type Accessor } from 'solid-js';
import type { Playback } from '../stream/playback.js';
import type { FilePlayer } from './file-player.js';
import type { Hearing } from './hearing.js';
import { createMediaSession } from './media-session.js';

interface Sounding {
  readonly files: FilePlayer;
  readonly hearing: Hearing;
  readonly plays: Accessor<readonly Playback[]>;
}

/** What the machine around the page should know while it plays or listens. */
export function createPresence({ files, hearing, plays }: Sounding): void {
  const sounds = createMemo(
    () => hearing.listening() !== undefined || plays().some(({ phase, paused }) => phase !== 'ended' && !paused),
  );
  const speaks = createMemo(() =>
    plays().some(({ source, phase }) => source.kind === 'microphone' && phase !== 'ended'),
  );
  createWakeLock(() => sounds());
  createEffect(() => tellAudioSession(speaks(), sounds()));
  createMediaSession(files, hearing, () => sounds());
}

/** The screen stays on while `wanted`: a phone that sleeps stops its pages. A browser takes the lock back from a page that is hidden. */
function createWakeLock(wanted: Accessor<boolean>): void {
  if (!('wakeLock' in navigator)) return;
  const { wakeLock } = navigator;
  const [visible, setVisible] = createSignal(!document.hidden);
  const look = (): void => void setVisible(!document.hidden);
  document.addEventListener('visibilitychange', look);
  onCleanup(() => document.removeEventListener('visibilitychange', look));
  createEffect(() => {
    if (!wanted() || !visible()) return;
    // Refused (a battery that runs low): the sound goes on as long as the screen does.
    const lock = wakeLock.request('screen').catch(() => undefined);
    onCleanup(() => void lock.then((held) => held?.release()));
  });
}

/** Safari's way to say what sound is for (Audio Session API): else a phone's mute switch, or its earpiece, gets it wrong. */
function tellAudioSession(speaks: boolean, sounds: boolean): void {
  const { audioSession } = navigator as Navigator & { readonly audioSession?: { type: string } };
  if (audioSession) audioSession.type = speaks ? 'play-and-record' : sounds ? 'playback' : 'auto';
}
