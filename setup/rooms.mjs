// Which room of the server may import which: the data's path runs downward, and so do imports.

/** In the order of the data's way; each may import the ones after it, none the ones before. */
const PATH = ['carrier', 'session', 'stream', 'engine', 'device'];

/** Used by any room, using none. Of each other they may use what they need. */
const LEAVES = ['mempool', 'policy', 'config', 'observe'];

/** Outside the path: they use sessions like everyone else, and only main.ts starts them. */
const OUTSIDE = ['control', 'cli'];

const room = (/** @type {string} */ name) => `./server/${name}`;
const MAIN = './server/main.ts';

/**
 * What a folder may not import, as the rule import-x/no-restricted-paths wants it.
 * @type {{ target: string, from: string | string[], except?: string[], message: string }[]}
 */
export const roomZones = [
  ...PATH.map((name, index) => ({
    target: room(name),
    from: [...PATH.slice(0, index), ...OUTSIDE].map(room).concat(MAIN),
    message: `${name} imports only what is below it: ${[...PATH.slice(index + 1), ...LEAVES].join(', ')}.`,
  })),
  ...LEAVES.map((name) => ({
    target: room(name),
    from: [...PATH, ...OUTSIDE].map(room).concat(MAIN),
    message: `${name} is a leaf: it imports none of the rooms that use it.`,
  })),
  {
    target: room('control'),
    from: [room('cli'), MAIN],
    message: 'control stands beside the command, not on it.',
  },
  {
    target: './native-shim',
    from: [...PATH, ...OUTSIDE, 'policy'].map(room).concat(MAIN, './web', './bench'),
    message: 'native-shim knows only mempool, observe and config.',
  },
  {
    target: './web',
    from: ['./server', './native-shim', './bench'],
    message: 'The page shares the words of proto/ with the server, no code.',
  },
  {
    target: './server',
    from: ['./web', './bench', './e2e'],
    message: 'The server knows neither its page nor its tests.',
  },
];
