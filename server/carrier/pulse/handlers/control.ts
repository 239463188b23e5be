import type { Output } from '../../../engine/output.js';
import { WeirError } from '../../../observe/errors.js';
import type { Direction, Stream } from '../../../stream/stream.js';
import { Balance, positionOf } from '../describe/volumes.js';
import type { PulseClient } from '../pulse-client.js';
import { isEveryDevice } from '../wire/messages/control.js';
import type { DeviceRef } from '../wire/values/device-ref.js';
import type { ChannelVolumes } from '../wire/values/volume.js';
import { type Done, done, type Handlers } from './handler.js';

const unavailable = (what: string) => () => new WeirError('NOT_ALLOWED', what);
const noPort = (): Done => new WeirError('DEVICE_NOT_FOUND', 'there are no ports and no cards');

/** Everybody may move the faders of his own streams; of others' only who may mix. */
function onStream(client: PulseClient, direction: Direction, index: number, then: (stream: Stream) => Done): Done {
  const stream = client.view.stream(direction, index);
  if (stream instanceof WeirError) return stream;
  const refused = client.view.owns(stream) ? undefined : client.view.refusal('mix');
  return refused ?? then(stream);
}

function onSink(client: PulseClient, ref: DeviceRef, then: (output: Output) => Done): Done {
  const output = client.view.sink(ref);
  return output instanceof WeirError ? output : then(output);
}

function onSource(client: PulseClient, ref: DeviceRef, then: (output: Output) => Done): Done {
  const output = client.view.source(ref);
  return output instanceof WeirError ? output : then(output);
}

function setStreamVolume(client: PulseClient, stream: Stream, volume: ChannelVolumes): Done {
  const flow = client.pulse.flowOf(stream);
  if (flow) return flow.setVolumes(volume);
  stream.setLevel(positionOf(volume), stream.muted);
  client.house.mixerFeed.touch();
  return undefined;
}

/** A monitor's fader is its output's: it hears what comes behind it. */
function setOutputVolume(output: Output, volume: ChannelVolumes): Done {
  const balance = Balance.of(volume, output.channels);
  if (balance instanceof WeirError) return balance;
  return done(output.setLevel(positionOf(volume), output.muted, balance.shares));
}

function setStreamMute(client: PulseClient, stream: Stream, muted: boolean): Done {
  const flow = client.pulse.flowOf(stream);
  if (flow) return flow.setMuted(muted);
  stream.setLevel(stream.volume, muted);
  client.house.mixerFeed.touch();
  return undefined;
}

function move(client: PulseClient, stream: Stream, output: Output): Done {
  const name = stream.request.direction === 'record' ? output.monitorName : output.name;
  return client.house.streams.move(stream, name);
}

/** A stream of anybody's ends as if its output had taken it away. */
function kill(client: PulseClient, stream: Stream): Done {
  end(stream, new WeirError('KICKED', `"${client.name}" ended this stream`));
  return undefined;
}

function end(stream: Stream, why: WeirError): void {
  stream.owner.tell(stream, { kind: 'closed', why });
}

/** Answered when the devices are closed: whoever asks (pasuspender) opens them next. */
function suspendSinks(client: PulseClient, device: DeviceRef, suspended: boolean, tag: number): Done {
  const one = isEveryDevice(device) ? undefined : client.view.sink(device);
  if (one instanceof WeirError) return one;
  const outputs = one ? [one] : client.view.sinks;
  for (const stream of client.house.streams.all) {
    if (!stream.output || !outputs.includes(stream.output)) continue;
    const flow = client.pulse.flowOf(stream);
    if (suspended && flow?.failsOnSuspend)
      end(stream, new WeirError('DEVICE_SUSPENDED', `"${client.name}" asked for it`));
    else flow?.tellSuspended(suspended);
  }
  void Promise.all(outputs.map((output) => output.setSuspended(suspended))).then(() => {
    client.answer('SUSPEND_SINK', tag, undefined);
  });
  return 'later';
}

/** A monitor hears its output, and stands still with it. */
function suspendSources(client: PulseClient, device: DeviceRef): Done {
  if (isEveryDevice(device)) return undefined;
  return onSource(client, device, () => new WeirError('REQUEST_UNSUPPORTED', 'a monitor goes with its output'));
}

export const CONTROL_HANDLERS: Handlers<
  | 'SET_SINK_VOLUME'
  | 'SET_SINK_INPUT_VOLUME'
  | 'SET_SOURCE_VOLUME'
  | 'SET_SOURCE_OUTPUT_VOLUME'
  | 'SET_SINK_MUTE'
  | 'SET_SOURCE_MUTE'
  | 'SET_SINK_INPUT_MUTE'
  | 'SET_SOURCE_OUTPUT_MUTE'
  | 'SET_DEFAULT_SINK'
  | 'SET_DEFAULT_SOURCE'
  | 'KILL_CLIENT'
  | 'KILL_SINK_INPUT'
  | 'KILL_SOURCE_OUTPUT'
  | 'LOAD_MODULE'
  | 'UNLOAD_MODULE'
  | 'MOVE_SINK_INPUT'
  | 'MOVE_SOURCE_OUTPUT'
  | 'SUSPEND_SINK'
  | 'SUSPEND_SOURCE'
  | 'SET_CARD_PROFILE'
  | 'SET_SINK_PORT'
  | 'SET_SOURCE_PORT'
  | 'SET_PORT_LATENCY_OFFSET'
> = {
  SET_SINK_VOLUME: {
    verb: 'mix',
    carryOut: (client, { device, volume }) => onSink(client, device, (output) => setOutputVolume(output, volume)),
  },
  SET_SINK_MUTE: {
    verb: 'mix',
    carryOut: (client, { device, muted }) =>
      onSink(client, device, (output) => done(output.setLevel(output.volume, muted))),
  },
  SET_SOURCE_VOLUME: {
    verb: 'mix',
    carryOut: (client, { device, volume }) => onSource(client, device, (output) => setOutputVolume(output, volume)),
  },
  SET_SOURCE_MUTE: {
    verb: 'mix',
    carryOut: (client, { device, muted }) =>
      onSource(client, device, (output) => done(output.setLevel(output.volume, muted))),
  },
  SET_SINK_INPUT_VOLUME: {
    verb: 'play',
    carryOut: (client, { index, volume }) =>
      onStream(client, 'playback', index, (stream) => setStreamVolume(client, stream, volume)),
  },
  SET_SINK_INPUT_MUTE: {
    verb: 'play',
    carryOut: (client, { index, muted }) =>
      onStream(client, 'playback', index, (stream) => setStreamMute(client, stream, muted)),
  },
  SET_SOURCE_OUTPUT_VOLUME: {
    verb: 'record',
    carryOut: (client, { index, volume }) =>
      onStream(client, 'record', index, (stream) => setStreamVolume(client, stream, volume)),
  },
  SET_SOURCE_OUTPUT_MUTE: {
    verb: 'record',
    carryOut: (client, { index, muted }) =>
      onStream(client, 'record', index, (stream) => setStreamMute(client, stream, muted)),
  },
  SET_DEFAULT_SINK: {
    verb: 'mix',
    carryOut: (client, { name }) =>
      onSink(client, { index: undefined, name }, (output) => client.house.outputs.setDefault(output.name)),
  },
  // The default source is the first microphone, else the default output's monitor.
  SET_DEFAULT_SOURCE: {
    verb: 'mix',
    carryOut: (client, { name }) =>
      onSource(client, { index: undefined, name }, (output) => {
        if (!output.spec.microphone) return client.house.outputs.setDefault(output.name);
        const isFirst = output === client.view.defaultSource;
        return isFirst ? undefined : new WeirError('NOT_ALLOWED', 'the first microphone is the default one');
      }),
  },
  KILL_CLIENT: {
    verb: 'mix',
    carryOut: (client, { index }) => {
      const guest = client.view.guest(index);
      if (guest instanceof WeirError) return guest;
      // Answered first: the connection may be one's own.
      setImmediate(() => guest.end(new WeirError('KICKED', `"${client.name}" ended this connection`)));
      return undefined;
    },
  },
  KILL_SINK_INPUT: {
    verb: 'play',
    carryOut: (client, { index }) => onStream(client, 'playback', index, (stream) => kill(client, stream)),
  },
  KILL_SOURCE_OUTPUT: {
    verb: 'record',
    carryOut: (client, { index }) => onStream(client, 'record', index, (stream) => kill(client, stream)),
  },
  LOAD_MODULE: { verb: 'admit', carryOut: unavailable('there are no modules') },
  UNLOAD_MODULE: { verb: 'admit', carryOut: unavailable('there are no modules') },
  MOVE_SINK_INPUT: {
    verb: 'mix',
    carryOut: (client, { index, device }) =>
      onStream(client, 'playback', index, (stream) => onSink(client, device, (output) => move(client, stream, output))),
  },
  MOVE_SOURCE_OUTPUT: {
    verb: 'mix',
    carryOut: (client, { index, device }) =>
      onStream(client, 'record', index, (stream) => onSource(client, device, (output) => move(client, stream, output))),
  },
  SUSPEND_SINK: {
    verb: 'mix',
    carryOut: (client, { device, suspended }, tag) => suspendSinks(client, device, suspended, tag),
  },
  SUSPEND_SOURCE: { verb: 'mix', carryOut: (client, { device }) => suspendSources(client, device) },
  SET_CARD_PROFILE: { verb: 'mix', carryOut: noPort },
  SET_SINK_PORT: { verb: 'mix', carryOut: noPort },
  SET_SOURCE_PORT: { verb: 'mix', carryOut: noPort },
  SET_PORT_LATENCY_OFFSET: { verb: 'mix', carryOut: noPort },
};
