import { createEffect, createMemo, onCleanup, type Accessor } from 'solid-js';
import type { FilePlayer } from './file-player.js';
import type { Hearing } from './hearing.js';

/** Lock screens, headsets and keyboards with keys for it: files first, else what is heard. */
export function createMediaSession(files: FilePlayer, hearing: Hearing, sounds: Accessor<boolean>): void {
  if (!('mediaSession' in navigator)) return;
  const { mediaSession } = navigator;
  let lastHeard = '';
  createEffect(() => (lastHeard = hearing.listening()?.device ?? lastHeard));

  const handle: Partial<Record<MediaSessionAction, (details: MediaSessionActionDetails) => void>> = {
    play: () => {
      const file = files.play();
      if (file) file.setPaused(false);
      else if (lastHeard) hearing.listen(lastHeard);
    },
    pause: () => {
      const file = files.play();
      if (file) file.setPaused(true);
      else hearing.stop();
    },
    stop: () => {
      files.stop();
      hearing.stop();
    },
    nexttrack: files.next,
    previoustrack: files.previous,
    seekto: ({ seekTime }) => {
      const file = files.play();
      if (file && seekTime !== undefined) file.seek(Math.round(seekTime * file.source.rate));
    },
  };
  const actions = Object.entries(handle) as [MediaSessionAction, MediaSessionActionHandler][];
  for (const [action, handler] of actions) setHandler(mediaSession, action, handler);
  onCleanup(() => {
    for (const [action] of actions) setHandler(mediaSession, action, null);
  });
  const title = createMemo(() => files.play()?.source.name ?? hearing.listening()?.device);
  createEffect(() => {
    const shown = title();
    mediaSession.metadata = shown === undefined ? null : new MediaMetadata({ title: shown, artist: 'Weir' });
  });
  createEffect(() => {
    mediaSession.playbackState = sounds() ? 'playing' : title() === undefined ? 'none' : 'paused';
  });
}

/** A browser that does not know an action throws (Media Session, section 6). */
function setHandler(
  session: MediaSession,
  action: MediaSessionAction,
  handler: MediaSessionActionHandler | null,
): void {
  try {
    session.setActionHandler(action, handler);
  } catch {
    // There is no key for it then.
  }
}
