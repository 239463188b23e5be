import { createEffect, createSignal, untrack, type Accessor } from 'solid-js';
import { failureOf, type Failure } from '../session/failure.js';
import { audioContext } from '../stream/audio-context.js';
import { FileSource } from '../stream/file-source.js';
import { Playback } from '../stream/playback.js';
import type { Mixer } from './mixer.js';
import { moved, neighbour, type Entry } from './playlist.js';
import { watched } from './watched.js';

/** The next file is decoded when this one has so long to go: never more of them than two are held decoded. */
const AHEAD_S = 20;
/** Later than this, "previous" is the beginning of the same file. */
const BEGINNING_S = 3;

export interface FileEntry extends Entry {
  readonly name: string;
  readonly file: File;
}

/** Files one after the other, through one place in the mixer. */
export interface FilePlayer {
  readonly entries: Accessor<readonly FileEntry[]>;
  /** The one that plays, or is read in order to. */
  readonly current: Accessor<number | undefined>;
  readonly play: Accessor<Playback | undefined>;
  /** The same as what follows it: <Show> does not look twice at an object that stays the same. */
  readonly followed: Accessor<Accessor<Playback> | undefined>;
  /** The name of what is being decoded and waited for. */
  readonly reading: Accessor<string | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  readonly dismissFailure: () => void;
  /** Appends them, and plays if nothing did. */
  readonly add: (files: Iterable<File>) => void;
  readonly remove: (id: number) => void;
  /** Towards the end by `by` places. */
  readonly move: (id: number, by: number) => void;
  readonly start: (id: number) => void;
  readonly next: () => void;
  readonly previous: () => void;
  readonly stop: () => void;
}

export function createFilePlayer(mixer: Mixer, device: Accessor<string>): FilePlayer {
  const [entries, setEntries] = createSignal<readonly FileEntry[]>([]);
  const [current, setCurrent] = createSignal<number>();
  const [followed, setPlay] = createSignal<Accessor<Playback>>();
  const [reading, setReading] = createSignal<string>();
  const [failure, setFailure] = createSignal<Failure>();
  const ahead = new DecodedAhead();
  let lastId = 0;
  let turn = 0;
  const play = (): Playback | undefined => followed()?.();

  const stop = (): void => {
    turn++;
    const playing = untrack(play);
    setPlay(undefined);
    setCurrent(undefined);
    setReading(undefined);
    playing?.stop();
  };
  const start = async (entry: FileEntry): Promise<void> => {
    // As loud as the one before, and where that has been moved to.
    const before = untrack(play);
    const wish = { device: before?.device ?? device(), purpose: 'music', codec: 'auto', latencyMs: 'auto' } as const;
    stop();
    const mine = turn;
    setCurrent(entry.id);
    setReading(entry.name);
    setFailure(undefined);
    try {
      const source = await ahead.take(entry);
      if (mine !== turn) return source.close();
      setReading(undefined);
      setPlay(() => watched((changed) => new Playback(mixer.net, source, { ...wish, level: before?.level, changed })));
    } catch (thrown) {
      if (mine !== turn) return;
      const next = neighbour(entries(), entry.id, 1);
      if (next) void start(next);
      else stop();
      const failed = failureOf(thrown);
      setFailure(failed);
      mixer.announce(`${failed.what} ${failed.wayOut}`);
    }
  };
  const step = (by: number): void => {
    const entry = neighbour(entries(), current(), by);
    if (entry) void start(entry);
    else stop();
  };
  createEffect(() => {
    const now = play();
    if (!now) return;
    const next = neighbour(entries(), current(), 1);
    if (now.phase === 'ended' && !now.failure) untrack(() => step(1));
    else if (next && secondsLeft(now) < AHEAD_S) ahead.read(next);
  });
  return {
    entries,
    current,
    play,
    followed,
    reading,
    failure,
    dismissFailure: () => setFailure(undefined),
    add: (files) => {
      const added = [...files].map((file) => ({ id: ++lastId, name: file.name, file }));
      setEntries((all) => [...all, ...added]);
      const [first] = added;
      if (first && current() === undefined) void start(first);
    },
    remove: (id) => {
      if (id === current()) step(1);
      setEntries((all) => all.filter((entry) => entry.id !== id));
      ahead.forget(id);
    },
    move: (id, by) => void setEntries((all) => moved(all, id, by)),
    start: (id) => {
      const entry = entries().find((some) => some.id === id);
      if (entry) void start(entry);
    },
    next: () => step(1),
    previous: () => {
      const now = play();
      const begun = now && now.positionFrames > BEGINNING_S * now.source.rate;
      if (begun || !neighbour(entries(), current(), -1)) now?.seek(0);
      else step(-1);
    },
    stop,
  };
}

const secondsLeft = ({ source, positionFrames }: Playback): number =>
  ((source.lengthFrames ?? Infinity) - positionFrames) / source.rate;

/** At most one file, decoded before its turn. */
class DecodedAhead {
  #id: number | undefined;
  #source: Promise<FileSource> | undefined;

  read(entry: FileEntry): void {
    if (this.#id === entry.id) return;
    this.#drop();
    this.#id = entry.id;
    this.#source = FileSource.open(entry.file, audioContext());
    // Whoever takes it hears of it.
    this.#source.catch(() => undefined);
  }

  take(entry: FileEntry): Promise<FileSource> {
    this.read(entry);
    const source = this.#source;
    this.#id = this.#source = undefined;
    return source ?? FileSource.open(entry.file, audioContext());
  }

  forget(id: number): void {
    if (this.#id === id) this.#drop();
  }

  #drop(): void {
    this.#source?.then(
      (source) => source.close(),
      () => undefined,
    );
    this.#id = this.#source = undefined;
  }
}
