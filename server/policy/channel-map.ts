/** Speakers by position for 1 to 8 channels, in the order of WAVE_FORMAT_EXTENSIBLE and ITU-R BS.775. */
const LAYOUTS: readonly (readonly string[])[] = [
  ['FC'],
  ['FL', 'FR'],
  ['FL', 'FR', 'FC'],
  ['FL', 'FR', 'BL', 'BR'],
  ['FL', 'FR', 'FC', 'BL', 'BR'],
  ['FL', 'FR', 'FC', 'LFE', 'BL', 'BR'],
  ['FL', 'FR', 'FC', 'LFE', 'BC', 'SL', 'SR'],
  ['FL', 'FR', 'FC', 'LFE', 'BL', 'BR', 'SL', 'SR'],
];

/** The speakers of a stream with so many channels (1 to 8), in order. */
export const layoutOf = (channels: number): readonly string[] => LAYOUTS[channels - 1] ?? [];

const MINUS_3_DB = Math.SQRT1_2;

/** Where a speaker's sound goes when the other side lacks it: the first row whose speakers all exist wins. */
const FOLDS: Readonly<Record<string, readonly (readonly [speaker: string, gain: number][])[]>> = {
  FC: [
    [
      ['FL', MINUS_3_DB],
      ['FR', MINUS_3_DB],
    ],
  ],
  FL: [[['FC', MINUS_3_DB]]],
  FR: [[['FC', MINUS_3_DB]]],
  BL: [[['SL', 1]], [['FL', MINUS_3_DB]], [['FC', 0.5]]],
  BR: [[['SR', 1]], [['FR', MINUS_3_DB]], [['FC', 0.5]]],
  SL: [[['BL', 1]], [['FL', MINUS_3_DB]], [['FC', 0.5]]],
  SR: [[['BR', 1]], [['FR', MINUS_3_DB]], [['FC', 0.5]]],
  BC: [
    [
      ['BL', MINUS_3_DB],
      ['BR', MINUS_3_DB],
    ],
    [
      ['FL', 0.5],
      ['FR', 0.5],
    ],
    [['FC', MINUS_3_DB]],
  ],
  // A missing subwoofer is left out, as every consumer down-mix does (ITU-R BS.775-3, annex 8).
  LFE: [],
};

/**
 * The row-major matrix [toChannels][fromChannels] that carries sound between two layouts (ITU-R BS.775 down-mix).
 * Undefined where both are the same. Mono reaches both fronts at full level (the centre where there is one), and stereo to mono is the mean,
 * so that neither direction surprises or clips.
 */
export function channelMatrix(fromChannels: number, toChannels: number): Float32Array | undefined {
  if (fromChannels === toChannels) return undefined;
  const from = layoutOf(fromChannels);
  const to = layoutOf(toChannels);
  const matrix = new Float32Array(toChannels * fromChannels);
  const add = (speaker: string, column: number, gain: number) => {
    const at = to.indexOf(speaker) * fromChannels + column;
    matrix[at] = (matrix[at] ?? 0) + gain;
  };
  from.forEach((speaker, column) => {
    if (to.includes(speaker)) return add(speaker, column, 1);
    if (fromChannels === 1) return ['FL', 'FR'].forEach((front) => add(front, column, 1));
    if (toChannels === 1 && fromChannels === 2) return add('FC', column, 0.5);
    const fold = FOLDS[speaker]?.find((targets) => targets.every(([target]) => to.includes(target)));
    for (const [target, gain] of fold ?? []) add(target, column, gain);
  });
  return matrix;
}

/** The same with a gain for each channel that comes in; undefined where that changes nothing. */
export function balancedMatrix(
  fromChannels: number,
  toChannels: number,
  gains: readonly number[],
): Float32Array | undefined {
  const matrix = channelMatrix(fromChannels, toChannels);
  if (gains.every((gain) => gain === 1)) return matrix;
  const balanced = matrix ?? new Float32Array(toChannels * fromChannels);
  if (!matrix) for (let c = 0; c < toChannels; c++) balanced[c * fromChannels + c] = 1;
  balanced.forEach((gain, i) => (balanced[i] = gain * (gains[i % fromChannels] ?? 1)));
  return balanced;
}
