import { readableName } from '../../../session/parse-open.js';
import { NAME_CHARACTERS_MAX } from '../../../stream/limits.js';

/** What a client calls a stream, as the mixer shows it. */
export function streamName(said: string | undefined): string {
  return readableName(said, NAME_CHARACTERS_MAX) || 'unnamed';
}
