import { WeirError } from '../../../../observe/errors.js';
import type { Codec } from '../tagstruct/codec.js';

/** One request of the protocol: its number, its fields, those of its reply, and what must hold of them whoever asks. */
export interface Command<Request, Reply> {
  readonly code: number;
  readonly request: Codec<Request>;
  readonly reply: Codec<Reply>;
  /** What PulseAudio answers INVALID or TOOLARGE, where the connection goes on. */
  check(request: Request): WeirError | undefined;
}

/** What is wrong with the values of a request: in words (INVALID), or under a code of its own; anything falsy is nothing. */
export type Wrong = string | WeirError | false | undefined;

/** @param wrong looks at what was read whole */
export function command<Request, Reply>(
  code: number,
  request: Codec<Request>,
  reply: Codec<Reply>,
  wrong: (request: Request) => Wrong = () => undefined,
): Command<Request, Reply> {
  return {
    code,
    request,
    reply,
    check(asked) {
      const found = wrong(asked);
      if (!found) return undefined;
      return found instanceof WeirError ? found : new WeirError('REQUEST_INVALID', found);
    },
  };
}

/** One message of the server's own: its number, and the version from which clients know it; an older one would end its connection. */
export interface ServerEvent<Body> {
  readonly code: number;
  readonly since: number;
  readonly body: Codec<Body>;
}

export function serverEvent<Body>(code: number, since: number, body: Codec<Body>): ServerEvent<Body> {
  return { code, since, body };
}
