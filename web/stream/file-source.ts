import { pageFailure, Refusal } from '../session/failure.js';
import { CHANNELS, PLAY_LIMITS } from './limits.js';
import type { HandedSound, Source } from './source.js';

const MIB = 1024 * 1024;

type Decoder = Pick<BaseAudioContext, 'decodeAudioData'>;

/** A file, decoded here because only a page's own thread can; its samples then belong to the worker. */
export class FileSource implements Source {
  readonly kind = 'file';
  readonly name: string;
  readonly rate: number;
  readonly lengthFrames: number;
  readonly #file: File;
  readonly #decoder: Decoder;
  /** What the worker gets; gone when it has got it. */
  #decoded: AudioBuffer | undefined;

  /** Decodes `file` with whatever the browser can; rejected with a Refusal that names the file. */
  static async open(file: File, decoder: Decoder): Promise<FileSource> {
    return new FileSource(file, decoder, await decode(file, decoder));
  }

  private constructor(file: File, decoder: Decoder, decoded: AudioBuffer) {
    this.name = file.name;
    this.rate = decoded.sampleRate;
    this.lengthFrames = decoded.length;
    this.#file = file;
    this.#decoder = decoder;
    this.#decoded = decoded;
  }

  /** Of more than two channels the first two are played: the front of every common layout. One goes to both sides. */
  async hand(): Promise<HandedSound> {
    const decoded = this.#decoded ?? (await decode(this.#file, this.#decoder));
    this.#decoded = undefined;
    const channels = Array.from({ length: CHANNELS }, (_, c) =>
      decoded.getChannelData(Math.min(c, decoded.numberOfChannels - 1)).slice(),
    );
    return { sound: { kind: 'decoded', channels }, transfer: channels.map(({ buffer }) => buffer) };
  }

  whenEnded(): void {
    // The worker knows when the last frame was heard.
  }

  close(): void {
    this.#decoded = undefined;
  }
}

async function decode(file: File, decoder: Decoder): Promise<AudioBuffer> {
  if (file.size > PLAY_LIMITS.fileBytes) {
    const what = `${file.name} has ${Math.round(file.size / MIB)} MiB; this page decodes up to ${PLAY_LIMITS.fileBytes / MIB}.`;
    throw new Refusal(pageFailure('FILE_TOO_LARGE', what));
  }
  try {
    return await decoder.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new Refusal(pageFailure('FILE_UNREADABLE', `The browser cannot decode ${file.name}.`));
  }
}
