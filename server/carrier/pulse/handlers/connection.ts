import { hostname, userInfo } from 'node:os';
import { WeirError } from '../../../observe/errors.js';
import { SERVER_VERSION } from '../../../observe/version.js';
import { updated, without } from '../wire/values/proplist.js';
import { VERSION_MAX, VERSION_MIN } from '../wire/limits.js';
import { done, type Handlers } from './handler.js';
import { shapeOfOutput } from '../describe/shape.js';

const OWN_UID = process.geteuid?.() ?? -1;
/** The first version whose libpulse shares its memfd soundly. */
const SHARES_MEMFD = 32;

const refused = (what: string) => () => new WeirError('NOT_ALLOWED', what);

export const CONNECTION_HANDLERS: Handlers<
  | 'EXIT'
  | 'AUTH'
  | 'SET_CLIENT_NAME'
  | 'LOOKUP_SINK'
  | 'LOOKUP_SOURCE'
  | 'STAT'
  | 'GET_SERVER_INFO'
  | 'SUBSCRIBE'
  | 'UPDATE_CLIENT_PROPLIST'
  | 'REMOVE_CLIENT_PROPLIST'
  | 'EXTENSION'
  | 'ENABLE_SRBCHANNEL'
  | 'DISABLE_SRBCHANNEL'
  | 'REGISTER_MEMFD_SHMID'
  | 'SEND_OBJECT_MESSAGE'
> = {
  EXIT: { verb: 'admit', carryOut: refused('the server ends by its own') },
  AUTH: {
    verb: 'greet',
    // Of a program of this machine the cookie says nothing that the kernel does not say better.
    carryOut: (client, { dialect: { version, sharedMemory, memfd }, cookie }, tag) => {
      if (client.cookie?.matches(cookie) === false) {
        client.turnAway(tag, new WeirError('NOT_ALLOWED', 'the cookie is another'));
        return 'later';
      }
      if (version < VERSION_MIN) return new WeirError('VERSION_MISMATCH', `it speaks version ${version}`);
      const shares =
        sharedMemory && memfd && version >= SHARES_MEMFD && client.peer.uid === OWN_UID && client.pools.available;
      client.authorised = true;
      client.connection.out.version = Math.min(version, VERSION_MAX);
      client.connection.in.sharedMemory = shares;
      return { dialect: { version: VERSION_MAX, sharedMemory: shares, memfd: shares } };
    },
  },
  SET_CLIENT_NAME: {
    verb: 'greet',
    carryOut: (client, { properties }) => {
      return client.greet(properties) ?? { client: client.client };
    },
  },
  LOOKUP_SINK: {
    verb: 'greet',
    carryOut: ({ view }, { name }) => {
      const output = view.sink({ index: undefined, name });
      return output instanceof WeirError ? output : { index: view.indexOf(output) };
    },
  },
  LOOKUP_SOURCE: {
    verb: 'greet',
    carryOut: ({ view }, { name }) => {
      const output = view.source({ index: undefined, name });
      return output instanceof WeirError ? output : { index: view.indexOf(output) };
    },
  },
  STAT: {
    verb: 'greet',
    carryOut: ({ quota, samples }) => ({
      blocks: 0,
      bytes: quota.usedBytes,
      blocksEver: 0,
      bytesEver: 0,
      sampleCacheBytes: samples.shelf.bytes,
    }),
  },
  GET_SERVER_INFO: {
    verb: 'greet',
    carryOut: ({ view, house, pulse }) => {
      const output = house.outputs.default;
      const { spec, map } = shapeOfOutput(output);
      return {
        // Programs look for "PulseAudio" in it, and take what else stands there for its makers' word.
        serverName: `PulseAudio (on Weir ${SERVER_VERSION})`,
        serverVersion: '15.0.0',
        userName: userInfo().username,
        hostName: hostname(),
        spec,
        defaultSink: output?.name,
        defaultSource: view.defaultSource?.monitorName,
        cookie: pulse.cookie,
        map,
      };
    },
  },
  SUBSCRIBE: {
    verb: 'greet',
    carryOut: (client, { mask }) => done(client.subscribe(mask)),
  },
  UPDATE_CLIENT_PROPLIST: {
    verb: 'greet',
    carryOut: (client, { mode, properties }) => {
      const changed = updated(client.properties, mode, properties);
      return changed instanceof WeirError ? changed : client.describe(changed);
    },
  },
  REMOVE_CLIENT_PROPLIST: {
    verb: 'greet',
    carryOut: (client, { keys }) => done(client.describe(without(client.properties, keys))),
  },
  EXTENSION: { verb: 'greet', carryOut: () => new WeirError('EXTENSION_UNKNOWN', 'there are no extensions') },
  ENABLE_SRBCHANNEL: { verb: 'greet', carryOut: refused('no ring was offered') },
  DISABLE_SRBCHANNEL: { verb: 'greet', carryOut: refused('no ring was offered') },
  REGISTER_MEMFD_SHMID: {
    verb: 'greet',
    carryOut: (client, { pool }) => {
      const [fd, ...more] = client.fds;
      const failed =
        fd === undefined || more.length > 0 || !client.connection.in.sharedMemory
          ? new WeirError('FD_MISSING', 'a pool is one descriptor')
          : undefined;
      if (failed || fd === undefined) client.end();
      else {
        client.fds = more;
        // Nothing is read until it is there: what follows may refer to it.
        client.connection.hold(
          client.pools.register(pool, fd).then((refused) => {
            if (refused) client.end();
          }),
        );
      }
      return 'later';
    },
  },
  SEND_OBJECT_MESSAGE: {
    verb: 'greet',
    carryOut: () => new WeirError('STREAM_NOT_FOUND', 'there is no such object'),
  },
};
