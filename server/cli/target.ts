import type { ClientInfo, MixerState, StreamInfo } from '../../native-shim/client/mixer-state.js';
import { WeirError } from '../observe/errors.js';

/** What a name on the command line means: pure, given the mixer's state. All throw WeirError TARGET_UNKNOWN or TARGET_AMBIGUOUS. */

export type Target = { readonly device: string } | { readonly stream: number };

interface Candidate<T> {
  readonly value: T;
  readonly names: readonly string[];
  /** How the candidate is told apart from its namesakes. */
  readonly label: string;
}

/** A device's name, a stream's number, or a name that only one of them has. */
export function resolveTarget(state: MixerState, text: string): Target {
  if (state.devices.some((device) => device.name === text)) return { device: text };
  if (isNumber(text)) return { stream: resolveStream(state, text) };
  const devices = state.devices.map((device): Candidate<Target> => {
    return { value: { device: device.name }, names: [device.name, device.description], label: device.name };
  });
  const streams = state.streams.map((stream): Candidate<Target> => {
    return { ...streamCandidate(state, stream), value: { stream: stream.stream } };
  });
  return onlyOne([...devices, ...streams], text, 'device or stream');
}

/** A stream's number, or a name (its own or its program's) that only one stream has. */
export function resolveStream(state: MixerState, text: string): number {
  if (!isNumber(text))
    return onlyOne(
      state.streams.map((stream) => streamCandidate(state, stream)),
      text,
      'stream',
    );
  const number = Number(text);
  if (state.streams.some((stream) => stream.stream === number)) return number;
  throw new WeirError('TARGET_UNKNOWN', `no stream has the number ${text}`);
}

/** A client's number, or a name that only one client has. */
export function resolveClient(state: MixerState, text: string): number {
  const number = isNumber(text) ? Number(text) : undefined;
  if (number === undefined) return onlyOne(state.clients.map(clientCandidate), text, 'client');
  if (state.clients.some((client) => client.client === number)) return number;
  throw new WeirError('TARGET_UNKNOWN', `no client has the number ${text}`);
}

const isNumber = (text: string): boolean => /^\d{1,10}$/.test(text);

function clientCandidate(client: ClientInfo): Candidate<number> {
  return { value: client.client, names: [client.name, client.program], label: `${client.client} (${client.name})` };
}

function streamCandidate(state: MixerState, stream: StreamInfo): Candidate<number> {
  const owner = state.clients.find((client) => client.client === stream.client)?.name ?? '';
  return { value: stream.stream, names: [stream.name, owner], label: `${stream.stream} (${stream.name})` };
}

/** A whole name counts before a part of one; capitals never count. */
function onlyOne<T>(candidates: readonly Candidate<T>[], text: string, what: string): T {
  const wanted = text.toLowerCase();
  const whole = candidates.filter((one) => one.names.some((name) => name.toLowerCase() === wanted));
  const part = candidates.filter((one) => one.names.some((name) => name.toLowerCase().includes(wanted)));
  const found = whole.length > 0 ? whole : part;
  const [first] = found;
  if (first === undefined || wanted === '') throw new WeirError('TARGET_UNKNOWN', `no ${what} is called "${text}"`);
  if (found.length === 1) return first.value;
  throw new WeirError('TARGET_AMBIGUOUS', `"${text}" may be ${found.map((one) => one.label).join(', ')}`);
}
