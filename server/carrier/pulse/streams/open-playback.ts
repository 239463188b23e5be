import { randomBytes } from 'node:crypto';
import { WeirError } from '../../../observe/errors.js';
import { PlaybackStream } from '../../../stream/playback-path.js';
import { plainRequest } from '../../../stream/request.js';
import { byteRateOf, settlePlayback } from '../buffer/playback-attr.js';
import { PlaybackBuffer } from '../buffer/playback-buffer.js';
import { positionOf } from '../describe/volumes.js';
import { ringSpec, silenceOf } from '../formats/frame-converter.js';
import { placingOf } from '../formats/placing.js';
import { ChargedProplist } from '../charged-proplist.js';
import type { PulseClient } from '../pulse-client.js';
import type { PlaybackReply, PlaybackRequest } from '../wire/messages/playback-stream.js';
import { formatOf } from '../wire/values/format-info.js';
import { textOf } from '../wire/values/proplist.js';
import { chooseShape } from './choose-shape.js';
import { playbackWishUs } from './latency-wish.js';
import { PulsePlayback } from './playback.js';
import { streamName } from './stream-name.js';
import { playbackWishOf, wireAttr } from './wire-attr.js';

/** CREATE_PLAYBACK_STREAM. */
export function openPlayback(client: PulseClient, asked: PlaybackRequest): PlaybackReply | WeirError {
  const output = client.view.sink(asked.sink);
  if (output instanceof WeirError) return output;
  if (asked.failOnSuspend && output.suspended) return new WeirError('DEVICE_SUSPENDED', output.name);
  const mates = client.flows.groupOfId(asked.syncId);
  if (mates.some(({ stream }) => stream.output !== output)) {
    return new WeirError('REQUEST_INVALID', 'streams that start together play on one output');
  }
  const shape = chooseShape(asked, output);
  if (shape instanceof WeirError) return shape;
  const placing = placingOf(shape.map, asked, output.channels);
  const spec = ringSpec(shape.spec, placing.channels);
  if (spec instanceof WeirError) return spec;
  const channel = client.flows.freeWriter();
  if (channel instanceof WeirError) return channel;

  const rate = byteRateOf(shape.spec);
  const wish = playbackWishOf(asked);
  let deviceUs = 0;
  const attr = settlePlayback(wish, rate, (wantedUs) => (deviceUs = wantedUs));
  const plain = plainRequest({
    id: randomBytes(16).toString('hex'),
    direction: 'playback',
    name: streamName(textOf(asked.properties, 'media.name')),
    device: output.name,
    spec,
    latencyUs: playbackWishUs(deviceUs),
    transport: 'private',
    volume: asked.volumeSet ? positionOf(asked.volume) : 1,
    paused: false,
  });
  const request = { ...plain, fixed: asked.dontMove };
  const said = ChargedProplist.of(asked.properties, client.quota);
  if (said instanceof WeirError) return said;
  const stream = client.house.streams.open(request, client.flows, client.flows.pools.playback);
  if (stream instanceof WeirError) {
    said.free();
    return stream;
  }
  if (!(stream instanceof PlaybackStream)) throw new Error('a request for playback made no playback stream');

  const buffer = new PlaybackBuffer(attr, rate.frameBytes, silenceOf(shape.spec.format), asked.corked, client.quota);
  const { syncId, failOnSuspend: failsOnSuspend } = asked;
  const parts = { client, channel, stream, buffer, shape, placing, wish, said, syncId, failsOnSuspend };
  const flow = new PulsePlayback(parts);
  client.flows.keep(flow);
  client.flows.syncGroups.join(syncId, buffer);
  for (const member of client.flows.groupOf(flow)) member.order();
  if (asked.volumeSet && asked.volume.length === shape.spec.channels) flow.setVolumes(asked.volume);
  if (asked.mutedSet && asked.muted) flow.setMuted(true);
  return {
    channel,
    sinkInput: stream.number,
    missingBytes: flow.takeCredit(),
    ...wireAttr(flow.attr),
    spec: shape.spec,
    map: shape.map,
    sink: client.view.indexOf(output),
    sinkName: output.name,
    suspended: output.suspended,
    format: formatOf(shape),
  };
}
