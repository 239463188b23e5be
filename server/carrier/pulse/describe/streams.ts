import { STREAM_STATE } from '../../../engine/blocks.js';
import type { Output } from '../../../engine/output.js';
import type { Stream } from '../../../stream/stream.js';
import type { View } from '../view.js';
import type { SinkInputInfo, SourceOutputInfo } from '../wire/messages/object-info.js';
import { NONE } from '../wire/numbers.js';
import { formatOf, type PcmShape } from '../wire/values/format-info.js';
import { type Proplist, proplistOf } from '../wire/values/proplist.js';
import { type ChannelVolumes } from '../wire/values/volume.js';
import { shapeOf } from './shape.js';
import { volumesOf } from './volumes.js';

/** What a stream of this carrier adds to what the house knows of it. */
export interface FlowInfo {
  readonly shape: PcmShape;
  readonly properties: Proplist;
  readonly corked: boolean;
  readonly volumes: ChannelVolumes;
  readonly muted: boolean;
  /** In its own queue, before the ring. */
  readonly queuedUs: number;
}

/** `owner`: the properties of its client, which a stream has beside its own: pavucontrol tells its own meters by them. */
export function describeSinkInput(
  stream: Stream,
  view: View,
  flow: FlowInfo | undefined,
  owner: Proplist,
): SinkInputInfo {
  const info = common(stream, flow, owner);
  return {
    ...info,
    client: stream.owner.client,
    sink: indexOf(stream.output, view),
    volume: flow?.volumes ?? volumesOf(stream.volume, info.spec.channels),
    bufferLatencyUs: info.ringUs,
    deviceLatencyUs: stream.output?.deviceDelayUs ?? 0,
    muted: stream.muted,
  };
}

export function describeSourceOutput(
  stream: Stream,
  view: View,
  flow: FlowInfo | undefined,
  owner: Proplist,
): SourceOutputInfo {
  const info = common(stream, flow, owner);
  return {
    ...info,
    client: stream.owner.client,
    source: indexOf(stream.output, view),
    volume: flow?.volumes ?? volumesOf(stream.volume, info.spec.channels),
    bufferLatencyUs: info.ringUs,
    deviceLatencyUs: 0,
    muted: flow?.muted ?? stream.muted,
  };
}

function common(stream: Stream, flow: FlowInfo | undefined, owner: Proplist) {
  const { request } = stream;
  const shape = flow?.shape ?? shapeOf(request.spec);
  const { fillFrames, state } = stream.report();
  return {
    index: stream.number,
    name: request.name,
    module: undefined,
    ...shape,
    ringUs: Math.round((fillFrames * 1e6) / request.spec.rate) + (flow?.queuedUs ?? 0),
    resampleMethod: undefined,
    driver: 'weir',
    properties: new Map([...owner, ...(flow?.properties ?? proplistOf({ 'media.name': request.name }))]),
    corked: flow?.corked ?? state === STREAM_STATE.paused,
    hasVolume: true,
    volumeWritable: true,
    format: formatOf(shape),
  };
}

function indexOf(output: Output | undefined, view: View): number {
  return output ? view.indexOf(output) : NONE;
}
