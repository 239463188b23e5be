/** The library with which a native program joins a Weir server. Start at `connect`. */
export {
  connect,
  type ConnectOptions,
  type LevelChange,
  type LevelTarget,
  type SamplePlay,
  type Weir,
} from './weir.js';
export type { ClockMapping } from './clock.js';
export type { PlaybackStatus } from './feed.js';
export type {
  ClientInfo,
  DeviceInfo,
  HopsInfo,
  JitterInfo,
  LevelInfo,
  MeterLevels,
  MixerState,
  StreamInfo,
} from './mixer-state.js';
export type { PairingInfo, PairLink } from './pairing.js';
export type { PlayOptions } from './open-playback.js';
export type { RecordOptions } from './open-record.js';
export type { PlaybackStream } from './playback-stream.js';
export type { RecordStream } from './record-stream.js';
export type { RecordStatus } from './record-tap.js';
export type { StreamNews } from './stream-news.js';
export type { MeterListener, StateListener, Unsubscribe } from './subscriptions.js';
export type { Direction, SampleFormat, StreamStateName, TransportName } from './words.js';
export type { FrameSpec } from '../frame-spec.js';
export { WeirError } from '../../server/observe/errors.js';
