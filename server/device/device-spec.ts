import { basename, resolve } from 'node:path';
import { WeirError } from '../observe/errors.js';
import {
  CHANNELS_MAX,
  NAME_CHARACTERS_MAX,
  QUANTUM_MAX,
  QUANTUM_MIN,
  RATE_MAX,
  RATE_MIN,
  SPEC_CHARACTERS_MAX,
} from './limits.js';
import type { SampleFormat } from './output-driver.js';

export type DeviceKind = 'null' | 'file' | 'alsa';

/** One `--device` of the command line or `[[device]]` of the configuration, parsed and checked. */
export interface DeviceSpec {
  readonly kind: DeviceKind;
  /** The mixer's name for it: unique, and what people type. */
  readonly name: string;
  /** `file`: the absolute path. `alsa`: the PCM. `null`: empty. */
  readonly target: string;
  /** `null` and `file` have exactly this shape; an `alsa` device comes as near to it as it can. */
  readonly rate: number;
  readonly channels: number;
  /** Absent for `alsa` only: the best that the device does. */
  readonly format?: SampleFormat;
  /** A fixed quantum in frames; absent, it follows the streams. */
  readonly quantumFrames?: number;
  /** A `null` whose monitor is a microphone to other programs: what plays into it is what they record. Nobody's default output. */
  readonly microphone?: true;
}

interface Options {
  rate: number;
  channels: number;
  format?: SampleFormat;
  name?: string;
  quantum?: number;
  microphone?: true;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;
const CONTROL = /\p{Cc}/u;
const WAV = /\.wav$/i;
const isFormat = (text: string): text is SampleFormat => /^(s16|s24|s32|f32)$/.test(text);

/**
 * Reads `null[:NAME]`, `file:PATH.wav` or `alsa:PCM`, each with `?rate=48000&channels=2&format=s16&name=NAME&quantum=N`,
 * `null` with `microphone=yes` too.
 * The options begin at the last `?`, because a path may hold one and a PCM may hold `:`, `,` and `=`.
 */
export function parseDeviceSpec(text: string): DeviceSpec | WeirError {
  const refuse = (why: string) => new WeirError('SPEC_INVALID', `device "${shown(text)}": ${why}`);
  if (text.length > SPEC_CHARACTERS_MAX) return refuse(`is longer than ${SPEC_CHARACTERS_MAX} characters`);
  if (CONTROL.test(text)) return refuse('holds a control character');

  const mark = text.lastIndexOf('?');
  const [place, query] = mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  const options = parseOptions(query);
  if (typeof options === 'string') return refuse(options);

  const colon = place.indexOf(':');
  const kind = colon < 0 ? place : place.slice(0, colon);
  const target = colon < 0 ? '' : place.slice(colon + 1);
  const { quantum: quantumFrames, name, ...shape } = options;
  const rest = { ...shape, ...(quantumFrames === undefined ? {} : { quantumFrames }) };
  if (shape.microphone && kind !== 'null') return refuse('only a null device can be a microphone');
  switch (kind) {
    case 'null':
      if (colon >= 0 && target === '') return refuse('the name after "null:" is empty');
      if (target !== '' && !isName(target)) return refuse(`${quoted(target)} ${NAME_RULE}`);
      return { kind, name: name ?? (target || 'null'), target: '', format: 's16', ...rest };
    case 'file':
      if (!WAV.test(target)) return refuse('a file ends in .wav');
      return {
        kind,
        name: name ?? madeName(basename(target).replace(WAV, '')),
        target: resolve(target),
        format: 's16',
        ...rest,
      };
    case 'alsa':
      if (target === '') return refuse('name a PCM, as in alsa:default');
      return { kind, name: name ?? madeName(target), target, ...rest };
    default:
      return refuse(`${quoted(kind)} is no kind of device`);
  }
}

/** What is wrong with the options, or the options. */
function parseOptions(query: string): Options | string {
  const options: Options = { rate: 48_000, channels: 2 };
  const seen = new Set<string>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0) return `${quoted(pair)} is not key=value`;
    const key = pair.slice(0, equals);
    if (seen.has(key)) return `${key} is given twice`;
    seen.add(key);
    const wrong = takeOption(options, key, pair.slice(equals + 1));
    if (wrong !== undefined) return wrong;
  }
  return options;
}

function takeOption(options: Options, key: string, value: string): string | undefined {
  switch (key) {
    case 'rate':
    case 'channels':
    case 'quantum': {
      const [least, most] = NUMBERS[key];
      const number = /^\d{1,6}$/.test(value) ? Number(value) : NaN;
      if (!(number >= least && number <= most)) return `${key} is ${least} to ${most}, not ${quoted(value)}`;
      options[key] = number;
      return undefined;
    }
    case 'format':
      if (!isFormat(value)) return `format is s16, s24, s32 or f32, not ${quoted(value)}`;
      options.format = value;
      return undefined;
    case 'microphone':
      if (value !== 'yes') return `microphone is yes or left out, not ${quoted(value)}`;
      options.microphone = true;
      return undefined;
    case 'name':
      if (!isName(value)) return `name ${quoted(value)} ${NAME_RULE}`;
      options.name = value;
      return undefined;
    default:
      return `${quoted(key)} is no option`;
  }
}

const NUMBERS = {
  rate: [RATE_MIN, RATE_MAX],
  channels: [1, CHANNELS_MAX],
  quantum: [QUANTUM_MIN, QUANTUM_MAX],
} as const;

const NAME_RULE = `is not 1 to ${NAME_CHARACTERS_MAX} letters, digits, dots, dashes or underscores, the first a letter or digit`;
const isName = (text: string) => text.length <= NAME_CHARACTERS_MAX && NAME.test(text);

/** `hw:0,0` becomes `hw-0-0`: a name that can be typed without quotes. */
function madeName(text: string): string {
  const safe = text.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[^\p{L}\p{N}]+|-+$/gu, '');
  return (
    Array.from(safe)
      .slice(0, NAME_CHARACTERS_MAX / 2)
      .join('') || 'output'
  );
}

const shown = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text).replace(/\p{Cc}/gu, '�');
const quoted = (text: string) => `"${shown(text)}"`;
