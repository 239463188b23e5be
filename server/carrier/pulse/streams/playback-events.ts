import type { Output } from '../../../engine/output.js';
import type { GrantedPlayback } from '../buffer/playback-attr.js';
import type { PlaybackBuffer } from '../buffer/playback-buffer.js';
import type { PulseClient } from '../pulse-client.js';
import { wireAttr } from './wire-attr.js';

/** What a playback stream tells its client unasked. */
export class PlaybackEvents {
  readonly #client: PulseClient;
  readonly #channel: number;

  constructor(client: PulseClient, channel: number) {
    this.#client = client;
    this.#channel = channel;
  }

  /** What became of its buffer since the last call, and what that wants. */
  progress(buffer: PlaybackBuffer): void {
    const channel = this.#channel;
    if (buffer.takeStarted()) this.#client.say('STARTED', { channel });
    if (buffer.takeUnderflow()) this.#client.say('UNDERFLOW', { channel, readIndex: buffer.readIndex });
    const bytes = buffer.takeCredit();
    if (bytes > 0) this.#client.say('REQUEST', { channel, bytes });
  }

  overflow(): void {
    this.#client.say('OVERFLOW', { channel: this.#channel });
  }

  /** Its output let go of its device, or took it again. */
  suspended(suspended: boolean): void {
    this.#client.say('PLAYBACK_STREAM_SUSPENDED', { channel: this.#channel, suspended });
  }

  resized(attr: GrantedPlayback): void {
    this.#client.say('PLAYBACK_BUFFER_ATTR_CHANGED', { channel: this.#channel, ...wireAttr(attr) });
  }

  moved(output: Output, attr: GrantedPlayback): void {
    this.#client.say('PLAYBACK_STREAM_MOVED', {
      channel: this.#channel,
      sink: this.#client.view.indexOf(output),
      sinkName: output.name,
      suspended: output.suspended,
      ...wireAttr(attr),
    });
  }

  killed(): void {
    this.#client.say('PLAYBACK_STREAM_KILLED', { channel: this.#channel });
  }
}
