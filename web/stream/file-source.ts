import { pageFailure, Refusal } from '../session/failure.js';
import { CHANNELS, PLAY_LIMITS } from './limits.js';
import { interleave } from './samples.js';
import type { Source } from './source.js';

const MIB = 1024 * 1024;

/** A decoded file, read as the server grants. No timer paces it: the output's own clock does. */
export class FileSource implements Source {
  readonly kind = 'file';
  readonly droppedFrames = 0;
  readonly lengthFrames: number;
  readonly #channels: readonly Float32Array[];
  #frame = 0;

  /** Decodes `file` with whatever the browser can; rejected with a Refusal that names the file. */
  static async decode(file: File, context: Pick<BaseAudioContext, 'decodeAudioData'>): Promise<FileSource> {
    if (file.size > PLAY_LIMITS.fileBytes) {
      const what = `${file.name} has ${Math.round(file.size / MIB)} MiB; this page decodes up to ${PLAY_LIMITS.fileBytes / MIB}.`;
      throw new Refusal(pageFailure('FILE_TOO_LARGE', what));
    }
    try {
      return new FileSource(file.name, await context.decodeAudioData(await file.arrayBuffer()));
    } catch {
      throw new Refusal(pageFailure('FILE_UNREADABLE', `The browser cannot decode ${file.name}.`));
    }
  }

  constructor(
    readonly name: string,
    buffer: AudioBuffer,
  ) {
    this.lengthFrames = buffer.length;
    // Of more than two channels the first two are played: the front of every common layout. One goes to both sides.
    this.#channels = Array.from({ length: CHANNELS }, (_, c) =>
      buffer.getChannelData(Math.min(c, buffer.numberOfChannels - 1)),
    );
  }

  get ended(): boolean {
    return this.#frame >= this.lengthFrames;
  }

  read(frames: number): Float32Array {
    const samples = interleave(this.#channels, this.#frame, Math.min(frames, this.lengthFrames - this.#frame));
    this.#frame += samples.length / CHANNELS;
    return samples;
  }

  seek(frame: number): void {
    this.#frame = Math.max(0, Math.min(this.lengthFrames, frame));
  }

  whenReady(): void {
    // All of it is ready from the start.
  }

  close(): void {
    this.seek(this.lengthFrames);
  }
}
