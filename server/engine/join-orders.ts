import type { Attachment } from './attachment.js';
import type { Order } from './orders.js';
import type { StreamTiming } from './timing.js';

/** The orders, one batch, by which a stream joins a thread's mix or listeners. Its resampler is there already. */
export function joinOrders({ request, resampler }: Attachment, slot: number, timing: StreamTiming): Order[] {
  const { memory, spec, wakeFd, client, frames } = request;
  const common = { slot, memory, spec, wakeFd, client, frames, resampler };
  if (request.kind === 'tap') return [{ kind: 'tap', ...common, mixMinus: request.mixMinus }];
  const { gain, paused, fadeIn, live, draining, balance } = request;
  const { fillFrames, startFrames } = timing;
  const orders: Order[] = [{ kind: 'play', ...common, gain, paused, fadeIn, live, fillFrames, startFrames }];
  if (draining) orders.push({ kind: 'drain', slot });
  if (balance) orders.push({ kind: 'balance', slot, gains: balance });
  return orders;
}
