import type { weir } from '#proto';
import { WeirError } from '../observe/errors.js';
import { isVolume } from '../policy/volume.js';
import { type Answer, DONE } from './answer.js';
import { METERS_HZ_MAX } from './limits.js';
import { deviceName } from './parse-open.js';
import type { Session } from './session.js';

/** The mixer's verbs. Who may use which is decided by identity later; today every connection is the same user's. */
export function mixerRequest(session: Session, message: weir.v1.ClientMessage): Answer {
  const { house } = session;
  switch (message.body) {
    case 'subscribe':
      return subscribe(session, message.subscribe ?? {});
    case 'setLevel':
      return setLevel(session, message.setLevel ?? {});
    case 'moveStream': {
      const stream = house.streams.find(message.moveStream?.stream ?? 0);
      if (!stream) return noStream(message.moveStream?.stream);
      return house.streams.move(stream, deviceName(message.moveStream?.device)) ?? DONE;
    }
    case 'setDefault':
      return house.outputs.setDefault(deviceName(message.setDefault?.device)) ?? DONE;
    case 'kickClient': {
      const other = house.reception.find(message.kickClient?.client ?? 0);
      if (!other) return new WeirError('CLIENT_NOT_FOUND', `there is no client ${message.kickClient?.client ?? 0}`);
      // Answered first: the connection may be one's own.
      setImmediate(() => {
        other.end(new WeirError('KICKED', `"${session.name}" ended this connection`));
      });
      return DONE;
    }
    default:
      return new WeirError('BAD_MESSAGE', 'no request of the mixer');
  }
}

function subscribe(session: Session, { state, metersHz }: weir.v1.ISubscribe): Answer {
  const { mixerFeed, meterFeed } = session.house;
  meterFeed.subscribe(session, Math.min(metersHz ?? 0, METERS_HZ_MAX));
  if (state) return { snapshot: mixerFeed.subscribe(session) };
  mixerFeed.leave(session);
  return DONE;
}

function setLevel({ house }: Session, { device, stream: number, volume, muted }: weir.v1.ISetLevel): Answer {
  if (volume !== null && volume !== undefined && !isVolume(volume)) {
    return new WeirError('VOLUME_OUT_OF_RANGE', `a volume of ${volume}`);
  }
  const target = device
    ? house.outputs.find(deviceName(device))
    : (house.streams.find(number ?? 0) ?? noStream(number));
  if (target instanceof WeirError) return target;
  target.setLevel(volume ?? target.volume, muted ?? target.muted);
  house.mixerFeed.touch();
  return DONE;
}

function noStream(number: number | null | undefined): WeirError {
  return new WeirError('STREAM_NOT_FOUND', `there is no stream ${number ?? 0}`);
}
