import { RATE_MAX } from '../limits.js';
import {
  bool,
  nothing,
  optionalU32,
  optionalU64,
  s64,
  struct,
  text,
  timeval,
  u32,
  u64,
  usec,
  type ValueOf,
} from '../tagstruct/codec.js';
import { keys, proplist } from '../values/proplist.js';
import { command } from './command.js';

const channel = struct({ channel: u32 });
const cork = struct({ channel: u32, corked: bool });
const name = struct({ channel: u32, name: text });
const rate = struct({ channel: u32, rate: u32 });
const update = struct({ channel: u32, mode: u32, properties: proplist });
const removal = struct({ channel: u32, keys });
const latencyQuestion = struct({ channel: u32, clientTimeUs: timeval });

const noMode = ({ mode }: { readonly mode: number }): string | false =>
  mode > 2 && 'a mode of update that there is not';
const noRate = (asked: { readonly rate: number }): string | false => {
  return (asked.rate === 0 || asked.rate > RATE_MAX) && 'a rate that there is not';
};

const playbackLatency = struct({
  /** From what the stream hands over to the device's end. */
  latencyUs: usec,
  sourceLatencyUs: usec,
  playing: bool,
  clientTimeUs: timeval,
  serverTimeUs: timeval,
  writeIndex: s64,
  readIndex: s64,
  /** In the stream's bytes. Undefined before its first sound. */
  underrunBytes: optionalU64,
  playingBytes: u64,
});
export type PlaybackLatency = ValueOf<typeof playbackLatency>;

const recordLatency = struct({
  /** Of the output whose monitor this is; else 0. */
  monitorLatencyUs: usec,
  latencyUs: usec,
  playing: bool,
  clientTimeUs: timeval,
  serverTimeUs: timeval,
  writeIndex: s64,
  readIndex: s64,
});
export type RecordLatency = ValueOf<typeof recordLatency>;

const playbackBuffer = {
  maxLengthBytes: optionalU32,
  targetLengthBytes: optionalU32,
  prebufBytes: optionalU32,
  minRequestBytes: optionalU32,
};
const recordBuffer = { maxLengthBytes: optionalU32, fragmentBytes: optionalU32 };
const wishes = { adjustLatency: bool, earlyRequests: bool };

/** What happens to streams by the channel that their connection knows them by (the fact sheet's 4.4). */
export const STREAM_CONTROL = {
  DELETE_PLAYBACK_STREAM: command(4, channel, nothing),
  DELETE_RECORD_STREAM: command(6, channel, nothing),
  /** Answered when everything was heard. */
  DRAIN_PLAYBACK_STREAM: command(12, channel, nothing),
  GET_PLAYBACK_LATENCY: command(14, latencyQuestion, playbackLatency),
  GET_RECORD_LATENCY: command(57, latencyQuestion, recordLatency),
  CORK_PLAYBACK_STREAM: command(41, cork, nothing),
  CORK_RECORD_STREAM: command(58, cork, nothing),
  FLUSH_PLAYBACK_STREAM: command(42, channel, nothing),
  FLUSH_RECORD_STREAM: command(59, channel, nothing),
  TRIGGER_PLAYBACK_STREAM: command(43, channel, nothing),
  PREBUF_PLAYBACK_STREAM: command(60, channel, nothing),
  SET_PLAYBACK_STREAM_NAME: command(46, name, nothing),
  SET_RECORD_STREAM_NAME: command(47, name, nothing),
  SET_PLAYBACK_STREAM_BUFFER_ATTR: command(
    72,
    struct({ channel: u32, ...playbackBuffer, ...wishes }),
    struct({ ...playbackBuffer, latencyUs: usec }),
  ),
  SET_RECORD_STREAM_BUFFER_ATTR: command(
    73,
    struct({ channel: u32, ...recordBuffer, ...wishes }),
    struct({ ...recordBuffer, latencyUs: usec }),
  ),
  UPDATE_PLAYBACK_STREAM_SAMPLE_RATE: command(74, rate, nothing, noRate),
  UPDATE_RECORD_STREAM_SAMPLE_RATE: command(75, rate, nothing, noRate),
  UPDATE_RECORD_STREAM_PROPLIST: command(80, update, nothing, noMode),
  UPDATE_PLAYBACK_STREAM_PROPLIST: command(81, update, nothing, noMode),
  REMOVE_RECORD_STREAM_PROPLIST: command(83, removal, nothing),
  REMOVE_PLAYBACK_STREAM_PROPLIST: command(84, removal, nothing),
} as const;
