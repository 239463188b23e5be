import { weir } from '#proto';
import type { Verb } from '../policy/may.js';

/** The one table from what the wire asks to what the policy decides. */
export function verbOf(message: weir.v1.ClientMessage): Verb {
  switch (message.body) {
    case 'openStream':
      return message.openStream?.direction === weir.v1.Direction.RECORD ? 'record' : 'play';
    case 'subscribe':
      return 'look';
    case 'setLevel':
    case 'moveStream':
    case 'setDefault':
    case 'kickClient':
      return 'mix';
    case 'pair':
    case 'listPairings':
    case 'revokePairing':
      return 'admit';
    case 'closeStream':
    case 'pauseStream':
    case 'drainStream':
    case 'audio':
    case 'missing':
    case 'uploadSample':
    case 'playSample':
    case 'removeSample':
      return 'play';
    case 'hello':
    case 'clockPing':
    case undefined:
      return 'greet';
  }
}
