import type { Quota } from '../../../mempool/quota.js';
import type { Block } from './block.js';
import { ByteQueue, type ByteSink } from './byte-queue.js';
import { INDEX_MAX } from './limits.js';
import type { PlaybackAttr } from './playback-attr.js';
import { SEEK, type SeekMode } from '../wire/numbers.js';
import type { SyncGroup } from './sync-group.js';

/** `overflow`: more than may be queued. It is lost, though the write index moves on. `lost`: it went nowhere. */
export type WriteOutcome = 'taken' | 'overflow' | 'lost';

/** Takes the first so many bytes of a block, whole frames, to where they are to stay: how many of them. */
export type BlockSink = (block: Block, bytes: number) => number;

/**
 * What a client queued for playing, in bytes of its own format, up to what the engine has consumed:
 *
 *      late │ consumed │ in the ring │ queued, can be rewritten │ free
 *                  readIndex      handed                writeIndex (usually)
 *
 * Pure arithmetic: whoever owns it hands bytes to the ring (`handOver`), says what the engine did (`advance`), and sends what there is
 * to say (`takeCredit`, `takeStarted`, `takeUnderflow`).
 */
export class PlaybackBuffer {
  attr: PlaybackAttr;
  /** Those who start and stop together with it. */
  group: SyncGroup | undefined;
  /** While it plays the client is asked for no less than this at once; at least `minreq`. */
  requestBytes: number;
  readonly #frameBytes: number;
  readonly #queue: ByteQueue;
  #writeIndex = 0;
  #readIndex = 0;
  /** Granted and not yet written. The client counts the same way, so this may be below zero. */
  #requested = 0;
  /** Thrown away by the client after it had gone to the ring: not of this stream's time any more. */
  #staleBytes = 0;
  #lateBytes = 0;
  #restartBytes = 0;
  #corked: boolean;
  #filling: boolean;
  #draining = false;
  #triggered = false;
  #playing = false;
  #playingFrom = 0;
  /** Of silence since the sound stopped; -1 before the first. */
  #underrunBytes = -1;
  #started = false;
  #underflow = false;

  /** `silence`: the byte that silence consists of in the stream's format. */
  constructor(attr: PlaybackAttr, frameBytes: number, silence: number, corked: boolean, quota: Quota) {
    this.attr = attr;
    this.requestBytes = attr.minreq;
    this.#frameBytes = frameBytes;
    this.#queue = new ByteQueue(frameBytes, silence, quota);
    this.#corked = corked;
    this.#filling = attr.prebuf > 0;
  }

  get writeIndex(): number {
    return this.#writeIndex;
  }

  /** What the engine has consumed; it never goes back. */
  get readIndex(): number {
    return this.#readIndex;
  }

  /** In the ring, behind nothing of the client's: they are heard before what `readIndex` stands for. */
  get staleBytes(): number {
    return this.#staleBytes;
  }

  /** Came too late to be heard. */
  get lateBytes(): number {
    return this.#lateBytes;
  }

  get corked(): boolean {
    return this.#corked;
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Waits until enough is queued. */
  get filling(): boolean {
    return this.#filling;
  }

  /** The engine is to keep what is in the ring for later. (An empty ring needs no such order, and so no fade when it starts.) */
  get resting(): boolean {
    return this.#corked || (this.#isFilling() && this.#queue.front > this.#readIndex);
  }

  /** Heard since the sound began, or -1. */
  get playingForBytes(): number {
    return this.#playing ? this.#readIndex - this.#playingFrom : -1;
  }

  /** Silence since the sound stopped, or -1: it plays, or never did. */
  get underrunForBytes(): number {
    return this.#playing ? -1 : this.#underrunBytes;
  }

  /** Queued or in the ring; never below 0. */
  get lengthBytes(): number {
    return Math.max(0, this.#writeIndex - this.#readIndex);
  }

  /** Where its prebuf is 0: an empty ring gets no less than this at once, lest it run dry in the next quantum. */
  set restartBytes(bytes: number) {
    this.#restartBytes = bytes;
  }

  /** `straight`: takes what would be handed over at once, where nothing is queued before it. */
  write(block: Block, offset: number, seek: SeekMode, straight?: BlockSink): WriteOutcome {
    const at = this.#base(seek) + offset;
    const end = at + block.length;
    if (!Number.isFinite(offset) || Math.abs(at) > INDEX_MAX || Math.abs(end) > INDEX_MAX) return 'lost';
    this.#requested -= seek === SEEK.RELATIVE ? offset + block.length : block.length;
    this.#writeIndex = end;
    const handed = this.#queue.front;
    if (end > handed + this.attr.maxLength) return 'overflow';
    const late = Math.min(block.length, Math.max(0, handed - at));
    this.#lateBytes += late;
    const gone = straight && at === handed ? this.#pass(block, straight) : late;
    return gone === block.length || this.#queue.write(block, gone, at + gone) ? 'taken' : 'overflow';
  }

  /** Whole frames that may go to the ring now. */
  get readyBytes(): number {
    if (this.#corked || this.#isFilling() || this.group?.waits) return 0;
    const queued = this.#queuedBytes();
    return queued < this.#leastBytes() ? 0 : queued;
  }

  /** Hands `limitBytes` at most of what is ready to `sink`, whole frames, in two pieces at most; how many it took. */
  handOver(limitBytes: number, sink: ByteSink): number {
    const bytes = Math.min(limitBytes, this.readyBytes);
    return this.#queue.take(bytes - (bytes % this.#frameBytes), sink);
  }

  /** What the engine consumed of the ring, and how much silence it played for want of it, since the last call. */
  advance(consumedBytes: number, starvedBytes: number): void {
    if (consumedBytes > 0) this.#consume(consumedBytes);
    if (starvedBytes > 0) this.#starve(starvedBytes);
  }

  /** What the client is to be asked for now; 0: nothing. */
  takeCredit(): number {
    const { tlength, maxLength } = this.attr;
    const missing = tlength - (this.#writeIndex - this.#readIndex) - this.#requested;
    if (missing < (this.#isFilling() ? 1 : this.requestBytes)) return 0;
    const bytes = Math.min(missing, maxLength);
    const whole = bytes - (bytes % this.#frameBytes);
    this.#requested += whole;
    return whole;
  }

  /** Sound came after silence since the last call. */
  takeStarted(): boolean {
    const started = this.#started;
    this.#started = false;
    return started;
  }

  /** It ran dry since the last call, by its client's fault. */
  takeUnderflow(): boolean {
    const underflow = this.#underflow;
    this.#underflow = false;
    return underflow;
  }

  cork(corked: boolean): void {
    if (this.#corked && !corked && !this.#draining) this.rearm();
    this.#corked = corked;
    this.#playing &&= !corked;
  }

  /** Throws away what is queued. What is in the ring already is heard, unless its owner can take it back. */
  flush(): void {
    this.#staleBytes += Math.max(0, this.#queue.front - this.#readIndex);
    this.#writeIndex = this.#readIndex;
    this.#queue.clear(this.#readIndex);
    if (!this.#draining) this.rearm();
  }

  /** Plays what there is, prebuf or not. */
  trigger(): void {
    this.#filling = false;
    this.#triggered = true;
  }

  /** Waits for prebuf again (PREBUF). */
  rearm(): void {
    this.#filling = this.attr.prebuf > 0;
    this.#triggered = false;
  }

  drain(): void {
    this.#draining = true;
    this.#filling = false;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** All that is to be drained is in the ring: the engine is to drain it. */
  get handedAll(): boolean {
    return this.#queuedBytes() === 0;
  }

  /** The engine has: the last frame was heard. */
  drained(): void {
    this.#draining = false;
    this.#stop();
    this.rearm();
  }

  /** A later member of a group begins where the first one is. */
  startAt(index: number): void {
    this.#readIndex = index;
    this.#writeIndex = index;
    this.#queue.clear(index);
  }

  /** What was granted under the attributes before stands. */
  resize(attr: PlaybackAttr): void {
    this.attr = attr;
    if (attr.prebuf === 0) this.#filling = false;
  }

  free(): void {
    this.#queue.free();
  }

  #pass(block: Block, straight: BlockSink): number {
    if (this.#queue.end > this.#queue.front) return 0;
    const bytes = Math.min(block.length, this.readyBytes);
    const passed = bytes > 0 ? straight(block, bytes - (bytes % this.#frameBytes)) : 0;
    this.#queue.pass(passed);
    return passed;
  }

  #base(seek: SeekMode): number {
    switch (seek) {
      case SEEK.RELATIVE:
        return this.#writeIndex;
      case SEEK.ABSOLUTE:
        return 0;
      case SEEK.RELATIVE_ON_READ:
        return this.#readIndex;
      case SEEK.RELATIVE_END:
        return this.#queue.end;
    }
  }

  /** Prebuf is looked at again whenever it matters; once there is enough, it is forgotten until the next silence. */
  #isFilling(): boolean {
    if (this.#filling && this.lengthBytes >= this.attr.prebuf) this.#filling = false;
    return this.#filling;
  }

  /** Whole frames beyond what was handed over; where the client skipped something, silence. */
  #queuedBytes(): number {
    const bytes = Math.max(this.#queue.end, this.#writeIndex) - this.#queue.front;
    return bytes < this.#frameBytes ? 0 : bytes - (bytes % this.#frameBytes);
  }

  #leastBytes(): number {
    const ringEmpty = this.#queue.front === this.#readIndex && this.#staleBytes === 0;
    if (!ringEmpty || this.#draining || this.#triggered || this.attr.prebuf > 0) return 1;
    return Math.min(this.#restartBytes, this.attr.tlength);
  }

  #consume(bytes: number): void {
    const stale = Math.min(bytes, this.#staleBytes);
    this.#staleBytes -= stale;
    const own = Math.min(bytes - stale, this.#queue.front - this.#readIndex);
    if (own <= 0) return;
    if (!this.#playing && !this.#corked) {
      this.#playing = true;
      this.#started = true;
      this.#triggered = false;
      this.#playingFrom = this.#readIndex;
    }
    this.#readIndex += own;
  }

  #starve(bytes: number): void {
    if (this.#corked) return;
    if (this.attr.prebuf === 0) this.#runOn(bytes);
    if (this.#queuedBytes() > 0) return; // it is there, only not yet in the ring
    if (this.#playing) {
      this.#underflow = true;
      this.#stop();
      if (!this.#draining) this.rearm();
    }
    if (this.#underrunBytes >= 0) this.#underrunBytes += bytes;
  }

  #stop(): void {
    this.#playing = false;
    this.#underrunBytes = 0;
  }

  /** Without prebuf the clock does not stop: what was to be heard in that silence is late. */
  #runOn(bytes: number): void {
    this.#lateBytes += Math.min(bytes, this.#queue.end - this.#queue.front);
    this.#queue.skip(bytes);
    this.#readIndex += bytes;
  }
}
