import { weir } from '#proto';
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../native-shim/client/mixer-state.js';
import { type Status, statusJson, statusText } from './status-text.js';

const { Codec, Direction, SampleFormat, StreamState } = weir.v1;

const output = {
  name: 'speakers',
  direction: Direction.PLAYBACK,
  kind: 'alsa',
  format: SampleFormat.S16,
  rate: 48000,
  channels: 2,
  volume: 0.5,
};
const house = (changes: object = {}): Status => ({
  server: { name: 'weir on den', version: '1.2.3' },
  state: stateOf({
    devices: [
      { ...output, isDefault: true, running: true, delayUs: 12_340, ...changes },
      { ...output, name: 'speakers.monitor', direction: Direction.RECORD, kind: 'monitor', monitorOf: 'speakers' },
    ],
    streams: [
      {
        stream: 3,
        client: 9,
        name: 'song',
        direction: Direction.PLAYBACK,
        device: '',
        muted: true,
        state: StreamState.STREAM_ORPHANED,
        format: SampleFormat.F32,
        codec: Codec.OPUS,
        rate: 48_000,
        hops: { captureUs: 20_000, networkUs: 3_100, jitterUs: 31_000, mixUs: 8_000, deviceUs: 12_000 },
        jitter: {
          packets: 500,
          latePackets: 2,
          lostPackets: 7,
          concealedFrames: 4800,
          skippedFrames: 960,
          driftPpm: -41.6,
        },
      },
      { stream: 4, name: 'radio', direction: Direction.PLAYBACK, device: 'speakers', state: StreamState.PLAYING },
    ],
    health: {
      loopDelayP50Us: 250,
      loopDelayP999Us: 9_040,
      copiesRestarts: 2,
      pulseServer: 'unix:/run/weir/pulse.sock',
    },
  }),
  levels: {
    devices: new Map([['speakers', { peak: [0.1, 0.5], rms: [0.05, 0.25] }]]),
    streams: new Map(),
  },
});

describe('status', () => {
  test('for people: levels in dB, a monitor has its output’s, a stream without a device says so', () => {
    const text = statusText(house());
    expect(text).toMatch(/\* +speakers +alsa output +s16 48000 Hz 2 ch +50 % +-6\.0 dB .* 12\.3 ms .*running\n/);
    expect(text).toMatch(/speakers\.monitor +monitor .*-6\.0 dB/);
    expect(text).toMatch(/3 +song .*to nothing +f32 .* opus .*muted .*orphaned/);
    expect(text).toMatch(/Clients\n {2}none/);
  });

  test('says hop by hop where the time of a live stream goes, and what the network did', () => {
    const hops = /3 +20\.0 ms +3\.1 ms +31\.0 ms +8\.0 ms +12\.0 ms +74\.1 ms +2 +7 +100\.0 ms +20\.0 ms +-42 ppm/;
    expect(statusText(house())).toMatch(hops);
  });

  test('says that a stream stands still where its output let go of its device', () => {
    expect(statusText(house())).toMatch(/4 +radio .*playing\n/);
    const suspended = statusText(house({ suspended: true }));
    expect(suspended).toMatch(/4 +radio .*suspended\n/);
    expect(suspended).toMatch(/3 +song .*orphaned\n/);
  });

  test('says how late the main loop was', () => {
    expect(statusText(house())).toContain(
      'Main loop late by 0.3 ms (median), 9.0 ms (p99.9); thread for copies restarted 2×',
    );
  });

  test('says how to get real time only where it is missing', () => {
    expect(statusText(house())).toContain('rtprio');
    expect(statusText(house({ realtime: true }))).not.toContain('rtprio');
    expect(statusText(house({ running: false }))).not.toContain('rtprio');
  });

  test('for programs: every field of the wire, and levels', () => {
    const json = JSON.parse(JSON.stringify(statusJson(house()))) as Record<'server', object> &
      Record<'devices' | 'streams', object[]>;
    expect(json.server).toEqual({
      name: 'weir on den',
      version: '1.2.3',
      loopDelayP50Us: 250,
      loopDelayP999Us: 9040,
      feeds: 0,
      feedPackets: 0,
      copiesRestarts: 2,
      pulseServer: 'unix:/run/weir/pulse.sock',
    });
    expect(json.devices[1]).toMatchObject({ name: 'speakers.monitor', monitorOf: 'speakers', peak: [0.1, 0.5] });
    expect(json.streams[0]).toMatchObject({
      stream: 3,
      state: 'orphaned',
      format: 'f32',
      transport: 'copies',
      peak: [],
    });
  });
});
