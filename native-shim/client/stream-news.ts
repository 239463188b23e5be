import type { weir } from '#proto';
import { ERRORS, type ErrorCode, WeirError } from '../../server/observe/errors.js';
import { eventWord, type StreamEventKind } from './words.js';

/** One thing that happened to a stream. `code` and `what` say why, where there is a why. */
export interface StreamNews {
  readonly kind: StreamEventKind;
  /** dropped: frames thrown away. */
  readonly frames: number;
  readonly code: string;
  readonly what: string;
  /** moved: where it is now. */
  readonly device: string;
}

export type StreamNewsListener = (news: StreamNews) => void;

export function newsOf(event: weir.v1.StreamEvent.$Properties): StreamNews | undefined {
  const kind = eventWord(event.kind);
  if (kind === undefined) return undefined;
  return {
    kind,
    frames: event.frames ?? 0,
    code: event.code ?? '',
    what: event.what ?? '',
    device: event.device ?? '',
  };
}

/** Why a stream that the server closed is closed. */
export function closingReason(news: StreamNews): WeirError {
  const code: ErrorCode = Object.hasOwn(ERRORS, news.code) ? (news.code as ErrorCode) : 'STREAM_CLOSED';
  return new WeirError(code, news.what === '' ? 'the server closed the stream' : news.what);
}
