import { pageFailure, Refusal } from '../session/failure.js';
import { unlockAudio } from './audio-context.js';
import type { Capture } from './live-source.js';

/** What the page's policy can name (server/control/page.ts): it knows no addresses of IPv6. */
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1']);

/** A sound's address on this machine. @throws Refusal ADDRESS_FOREIGN */
export function localAddress(text: string, page: URL): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url && isWeb && (LOCAL_HOSTS.has(url.hostname) || url.origin === page.origin)) return url;
  throw new Refusal(pageFailure('ADDRESS_FOREIGN', `${text} is no web address of this machine.`));
}

/** Plays what the browser's own player makes of `text`, heard nowhere but at the node; rejected with a Refusal. */
export async function captureAddress(text: string): Promise<Capture> {
  const url = localAddress(text, new URL(location.href));
  const context = await unlockAudio();
  const player = new Audio();
  // Without it, what comes from another port is silence to the page.
  player.crossOrigin = 'anonymous';
  player.src = url.href;
  const node = new MediaElementAudioSourceNode(context, { mediaElement: player });
  const close = (): void => {
    player.onended = player.onerror = null;
    player.pause();
    player.removeAttribute('src');
    player.load();
    node.disconnect();
  };
  try {
    await player.play();
  } catch {
    close();
    throw new Refusal(pageFailure('ADDRESS_SILENT', `The browser got no sound from ${url.href}.`));
  }
  return {
    name: nameOf(url),
    node,
    latencySeconds: 0,
    whenEnded: (callback) => {
      player.onended = player.onerror = callback;
    },
    setPaused: (paused) => {
      if (paused) player.pause();
      // Refused, it stays silent, as paused as it was.
      else player.play().catch(() => undefined);
    },
    close,
  };
}

/** "stream.mp3 at 127.0.0.1:8000" */
function nameOf({ pathname, host }: URL): string {
  const file = pathname.slice(pathname.lastIndexOf('/') + 1);
  return file ? `${file} at ${host}` : host;
}
