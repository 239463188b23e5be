import { WeirError } from '../../../../observe/errors.js';
import { bool, type Codec, list, nothing, optionalText, struct, text, u32, type ValueOf } from '../tagstruct/codec.js';
import { TagReader } from '../tagstruct/tag-reader.js';
import { channelMap } from '../values/channel-map.js';
import { channelVolumes } from '../values/volume.js';
import { type Command, command, type Wrong } from './command.js';

export const STREAM_RESTORE = 'module-stream-restore';
/** What TEST answers. */
export const STREAM_RESTORE_VERSION = 1;
/** The event of a change, for who subscribed. */
export const STREAM_RESTORE_CHANGED = 5;

const entry = struct({
  /** Of a kind of stream, by its role or program: `sink-input-by-media-role:event`. */
  name: text,
  /** Without channels where no volume is remembered. */
  map: channelMap,
  volume: channelVolumes,
  device: optionalText,
  muted: bool,
});
export type RestoreEntry = ValueOf<typeof entry>;

function wrongEntries({ mode, entries }: { readonly mode: number; readonly entries: readonly RestoreEntry[] }): Wrong {
  if (mode > 2) return 'a mode of update that there is not';
  return entries.some(({ map, volume }) => map.length !== volume.length) && 'volumes that do not go with the channels';
}

/** By the number that its payload begins with: what EXTENSION can ask of PulseAudio's memory of volumes. */
export const RESTORE_COMMANDS = {
  TEST: command(0, nothing, struct({ version: u32 })),
  READ: command(1, nothing, list(entry)),
  WRITE: command(2, struct({ mode: u32, apply: bool, entries: list(entry) }), nothing, wrongEntries),
  DELETE: command(3, struct({ names: list(text) }), nothing),
  SUBSCRIBE: command(4, struct({ subscribed: bool }), nothing),
} as const;

type RestoreName = keyof typeof RESTORE_COMMANDS;
type RequestOf<C> = C extends { readonly request: Codec<infer Request> } ? Request : never;
export type RestoreRequest = {
  [N in RestoreName]: { readonly name: N; readonly body: RequestOf<(typeof RESTORE_COMMANDS)[N]> };
}[RestoreName];

/** Of the payload of EXTENSION; BAD_MESSAGE where it is none, which PulseAudio ends the connection for. */
export function parseRestore(payload: Uint8Array, version: number): RestoreRequest | WeirError {
  try {
    const from = new TagReader(payload);
    const code = from.u32();
    const found = Object.entries(RESTORE_COMMANDS).find(([, { code: own }]) => own === code);
    if (!found) return new WeirError('REQUEST_INVALID', `${STREAM_RESTORE} has no request ${code}`);
    const command: Command<unknown, unknown> = found[1];
    const body = command.request.read(from, version);
    from.end();
    return command.check(body) ?? ({ name: found[0], body } as RestoreRequest); // of one entry of the table
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
}
