import { type ServerOptions, withServer } from '../server-session.js';
import { resolveClient, resolveStream, resolveTarget } from '../target.js';

/** The mixer's verbs, one connection each. */

/** @param volume fader position */
export function volume(target: string, volume: number, options: ServerOptions): Promise<void> {
  return withServer('weir volume', options, async (weir) => {
    await weir.setLevel(resolveTarget(await weir.snapshot(), target), { volume });
  });
}

export function mute(target: string, muted: boolean, options: ServerOptions): Promise<void> {
  return withServer('weir mute', options, async (weir) => {
    await weir.setLevel(resolveTarget(await weir.snapshot(), target), { muted });
  });
}

export function move(stream: string, device: string, options: ServerOptions): Promise<void> {
  return withServer('weir move', options, async (weir) => {
    await weir.move(resolveStream(await weir.snapshot(), stream), device);
  });
}

export function makeDefault(device: string, options: ServerOptions): Promise<void> {
  return withServer('weir default', options, (weir) => weir.setDefault(device));
}

export function kick(client: string, options: ServerOptions): Promise<void> {
  return withServer('weir kick', options, async (weir) => {
    await weir.kick(resolveClient(await weir.snapshot(), client));
  });
}
