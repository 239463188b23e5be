import { WeirError } from '../../../../observe/errors.js';
import { COOKIE_BYTES } from '../limits.js';
import { SUBSCRIPTION_ALL } from '../numbers.js';
import { type Codec, nothing, optionalText, rest, since, struct, text, u32 } from '../tagstruct/codec.js';
import { channelMap } from '../values/channel-map.js';
import { deviceRef, isName } from '../values/device-ref.js';
import { keys, proplist } from '../values/proplist.js';
import { sampleSpec } from '../values/sample-spec.js';
import { command } from './command.js';

const VERSION_MASK = 0xffff;
const SHARED_MEMORY = 0x8000_0000;
const MEMFD = 0x4000_0000;

/** What AUTH tells of a peer: in one word, its version and how it can share memory. */
export interface Dialect {
  readonly version: number;
  readonly sharedMemory: boolean;
  readonly memfd: boolean;
}

const dialect: Codec<Dialect> = {
  read(from) {
    const word = from.u32();
    return {
      version: word & VERSION_MASK,
      sharedMemory: (word & SHARED_MEMORY) !== 0,
      memfd: (word & MEMFD) !== 0,
    };
  },
  write(to, { version, sharedMemory, memfd }) {
    to.u32((version | (sharedMemory ? SHARED_MEMORY : 0) | (memfd ? MEMFD : 0)) >>> 0);
  },
};

const cookie: Codec<Uint8Array> = {
  read(from) {
    const value = from.arbitrary();
    if (value.length !== COOKIE_BYTES) throw new WeirError('BAD_MESSAGE', `a cookie of ${value.length} bytes`);
    return Uint8Array.from(value);
  },
  write: (to, value) => to.arbitrary(value),
};

const serverInfo = struct({
  serverName: text,
  serverVersion: text,
  userName: text,
  hostName: text,
  spec: sampleSpec,
  defaultSink: optionalText,
  defaultSource: optionalText,
  /** Random, so that a client can tell whether it is the same server again. */
  cookie: u32,
  map: since(15, channelMap, []),
});

const memory = struct({
  blocks: u32,
  bytes: u32,
  blocksEver: u32,
  bytesEver: u32,
  sampleCacheBytes: u32,
});

const lookup = struct({ name: text });
const noName = ({ name }: { readonly name: string }): string | false => !isName(name) && 'no name of a device';

/** What opens a connection, and what concerns it whole (the fact sheet's 4.1). */
export const CONNECTION = {
  EXIT: command(7, nothing, nothing),
  AUTH: command(8, struct({ dialect, cookie }), struct({ dialect })),
  SET_CLIENT_NAME: command(9, struct({ properties: proplist }), struct({ client: u32 })),
  LOOKUP_SINK: command(10, lookup, struct({ index: u32 }), noName),
  LOOKUP_SOURCE: command(11, lookup, struct({ index: u32 }), noName),
  STAT: command(13, nothing, memory),
  GET_SERVER_INFO: command(20, nothing, serverInfo),
  SUBSCRIBE: command(35, struct({ mask: u32 }), nothing, ({ mask }) => {
    return (mask & ~SUBSCRIPTION_ALL) !== 0 && 'a subscription to what there is not';
  }),
  UPDATE_CLIENT_PROPLIST: command(82, struct({ mode: u32, properties: proplist }), nothing, ({ mode }) => {
    return mode > 2 && 'a mode of update that there is not';
  }),
  REMOVE_CLIENT_PROPLIST: command(85, struct({ keys }), nothing),
  /** The payload is for the module that is named; Weir has none. */
  EXTENSION: command(87, struct({ module: deviceRef, payload: rest }), rest),
  ENABLE_SRBCHANNEL: command(101, nothing, nothing),
  DISABLE_SRBCHANNEL: command(102, nothing, nothing),
  /** Comes with the pool's descriptor, and is not answered. */
  REGISTER_MEMFD_SHMID: command(103, struct({ pool: u32 }), nothing),
  SEND_OBJECT_MESSAGE: command(
    104,
    struct({ path: text, message: text, parameters: optionalText }),
    struct({ response: optionalText }),
  ),
} as const;
