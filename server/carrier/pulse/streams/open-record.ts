import { randomBytes } from 'node:crypto';
import type { Output } from '../../../engine/output.js';
import { WeirError } from '../../../observe/errors.js';
import { RATE_MIN_HZ } from '../../../stream/limits.js';
import { RecordStream } from '../../../stream/record-path.js';
import { plainRequest } from '../../../stream/request.js';
import { byteRateOf } from '../buffer/playback-attr.js';
import { settleRecord } from '../buffer/record-attr.js';
import { RecordBuffer } from '../buffer/record-buffer.js';
import { ringSpec, silenceOf } from '../formats/frame-converter.js';
import { placingOf } from '../formats/placing.js';
import { ChargedProplist } from '../charged-proplist.js';
import type { PulseClient } from '../pulse-client.js';
import type { RecordReply, RecordRequest } from '../wire/messages/record-stream.js';
import { formatOf, type PcmShape } from '../wire/values/format-info.js';
import { textOf } from '../wire/values/proplist.js';
import { chooseShape } from './choose-shape.js';
import { engineWishUs } from './latency-wish.js';
import { PeakStage } from './peak-stage.js';
import { PlainStage } from './record-stage.js';
import { PulseRecord } from './record.js';
import { streamName } from './stream-name.js';
import { recordWishOf, wireRecordAttr } from './wire-attr.js';

/** CREATE_RECORD_STREAM. */
export function openRecord(client: PulseClient, asked: RecordRequest): RecordReply | WeirError {
  const output = sourceOf(client, asked);
  if (output instanceof WeirError) return output;
  if (asked.failOnSuspend && output.suspended) return new WeirError('DEVICE_SUSPENDED', output.monitorName);
  const shape = chooseShape(asked, output);
  if (shape instanceof WeirError) return shape;
  const peaks = isPeakWish(asked, shape);
  const placing = placingOf(shape.map, asked, output.channels);
  const spec = peaks
    ? ({ format: 'f32', rate: output.rate, channels: 1 } as const)
    : ringSpec(shape.spec, placing.channels);
  if (spec instanceof WeirError) return spec;
  const channel = client.flows.freeReader();
  if (channel instanceof WeirError) return channel;

  const wish = recordWishOf(asked);
  let deviceUs = 0;
  const rate = byteRateOf(shape.spec);
  const attr = settleRecord(wish, rate, (wantedUs = 0) => (deviceUs = wantedUs));
  const plain = plainRequest({
    id: randomBytes(16).toString('hex'),
    direction: 'record',
    name: streamName(textOf(asked.properties, 'media.name')),
    device: output.monitorName,
    spec,
    latencyUs: deviceUs > 0 ? engineWishUs(deviceUs) : 0,
    transport: 'private',
    volume: 1,
    paused: asked.corked,
  });
  // Its meter is enough for peaks.
  const request = { ...plain, solo: peaks ? 0 : (asked.directOnInput ?? 0), fixed: asked.dontMove };
  const said = ChargedProplist.of(asked.properties, client.quota);
  if (said instanceof WeirError) return said;
  const stream = client.house.streams.open(request, client.flows, client.flows.pools.record);
  if (stream instanceof WeirError) {
    said.free();
    return stream;
  }
  if (!(stream instanceof RecordStream)) throw new Error('a request for recording made no record stream');
  const buffer = new RecordBuffer(attr, rate.frameBytes, silenceOf(shape.spec.format), client.quota);
  const stage = peaks ? new PeakStage(spec.rate, shape.spec.rate) : new PlainStage(shape, placing);
  const { failOnSuspend: failsOnSuspend } = asked;
  const flow = new PulseRecord({ client, channel, stream, buffer, shape, placing, wish, said, stage, failsOnSuspend });
  client.flows.keep(flow);
  if (peaks && asked.directOnInput !== undefined) flow.meter(asked.directOnInput);
  if (asked.volumeSet && asked.volume.length === shape.spec.channels) flow.setVolumes(asked.volume);
  if (asked.mutedSet && asked.muted) flow.setMuted(true);
  return {
    channel,
    sourceOutput: stream.number,
    ...wireRecordAttr(flow.attr),
    spec: shape.spec,
    map: shape.map,
    source: client.view.indexOf(output),
    sourceName: output.monitorName,
    suspended: output.suspended,
    format: formatOf(shape),
  };
}

/** Meters ask for floats of one channel at a rate that no sound has: pavucontrol at 25 Hz. */
function isPeakWish({ peakDetect }: RecordRequest, { spec }: PcmShape): boolean {
  return peakDetect && spec.format === 'float32le' && spec.channels === 1 && spec.rate < RATE_MIN_HZ;
}

/** The monitor to record from; of one stream alone it is that of its output. */
function sourceOf(client: PulseClient, { source, directOnInput }: RecordRequest): Output | WeirError {
  if (directOnInput === undefined) return client.view.source(source);
  const stream = client.view.stream('playback', directOnInput);
  if (stream instanceof WeirError) return stream;
  return stream.output ?? new WeirError('DEVICE_NOT_FOUND', `stream ${directOnInput} plays nowhere`);
}
