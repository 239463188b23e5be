import { basename } from 'node:path';
import type { PlaybackStream, Weir } from '../../../native-shim/client/index.js';
import type { FrameSpec } from '../../device/output-driver.js';
import { interrupted } from '../interrupt.js';
import { warn } from '../outcome.js';
import { type Progress, startProgress } from '../progress.js';
import { type ServerOptions, withServer } from '../server-session.js';
import { type OpenedSource, openSource } from '../source/open-source.js';

/**
 * A file is not in a hurry: enough that neither decoding nor a busy machine is heard, little enough that the outputs'
 * quantum, which follows the smallest wish, stays short for everybody's meters and faders.
 */
const FILE_LATENCY_MS = 80;

export interface PlayFlags extends ServerOptions {
  readonly device?: string;
  /** Fader position. */
  readonly volume?: number;
  readonly latency?: number;
  readonly raw?: FrameSpec;
}

/** Plays a file, or standard input for `-`, and returns when its last frame was heard or somebody asked to stop. */
export async function play(path: string, flags: PlayFlags): Promise<void> {
  const source = await openSource(path, flags.raw);
  try {
    await withServer('weir play', flags, (weir) => playSource(weir, source, titleOf(path), flags));
  } finally {
    source.close();
  }
  if (source.damaged() > 0) warn(`${source.damaged()} damaged places in ${path} were left out`);
}

async function playSource(weir: Weir, source: OpenedSource, name: string, flags: PlayFlags): Promise<void> {
  const stream = await weir.play({
    ...source.spec,
    name,
    latencyMs: flags.latency ?? FILE_LATENCY_MS,
    ...(flags.device !== undefined && { device: flags.device }),
    ...(flags.volume !== undefined && { volume: flags.volume }),
  });
  stream.onNews(({ kind, frames, code }) => {
    if (kind === 'dropped') warn(`${frames} frames were dropped (${code})`);
  });
  const progress = startProgress(name);
  try {
    await Promise.race([interrupted(), playThrough(stream, source, progress)]);
  } finally {
    progress.end();
    await stream.close();
  }
}

async function playThrough(stream: PlaybackStream, source: OpenedSource, progress: Progress): Promise<void> {
  let playedFrames = 0;
  for await (const chunk of source.chunks) {
    await stream.write(chunk);
    playedFrames += chunk.length / stream.frameBytes;
    progress.show(source.progress(), playedFrames / source.spec.rate);
  }
  await stream.drain();
  progress.show(1, playedFrames / source.spec.rate);
}

const titleOf = (path: string): string => (path === '-' ? 'standard input' : basename(path));
