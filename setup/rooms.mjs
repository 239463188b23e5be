// Which room of the server may import which: the data's path runs downward, and so do imports.

/** In the order of the data's way; each may import the ones after it, none the ones before. */
const PATH = ['carrier', 'session', 'stream', 'engine', 'device'];

/** Used by any room, using none. Of each other they may use what they need. */
const LEAVES = ['mempool', 'policy', 'config', 'observe'];

/** Outside the path: they use sessions like everyone else, and only main.ts starts them. */
const OUTSIDE = ['control', 'cli'];

/**
 * @typedef {object} Room
 * @property {string} folder
 * @property {string[]} rooms of the server that it may not import, as regular expressions
 * @property {string[]} folders of the checkout that it may not import
 * @property {string} rule in words
 */

/** @type {Room[]} */
const ROOMS = [
  ...PATH.map((name, index) => ({
    folder: `server/${name}`,
    rooms: [...PATH.slice(0, index), ...OUTSIDE, 'main'],
    folders: ['web', 'e2e', 'bench'],
    rule: `${name} imports only what is below it: ${[...PATH.slice(index + 1), ...LEAVES].join(', ')}.`,
  })),
  ...LEAVES.map((name) => ({
    folder: `server/${name}`,
    rooms: [...PATH, ...OUTSIDE, 'main'],
    folders: ['web', 'e2e', 'bench'],
    rule: `${name} is a leaf: it imports none of the rooms that use it.`,
  })),
  {
    folder: 'server/control',
    rooms: ['cli', 'main'],
    folders: ['web', 'e2e', 'bench'],
    rule: 'control knows neither the command nor the program that starts it.',
  },
  {
    folder: 'native-shim',
    rooms: [...PATH.map((name) => (name === 'engine' ? 'engine(?!/drift/)' : name)), ...OUTSIDE, 'policy', 'main'],
    folders: ['web', 'e2e', 'bench'],
    rule: 'native-shim knows only mempool, observe, config and the arithmetic of engine/drift.',
  },
  {
    folder: 'web',
    rooms: [],
    folders: ['server(?!/(?:stream/jitter|engine/drift)/)', 'native-shim', 'e2e', 'bench'],
    rule: 'The page shares with the server the words of proto/ and the arithmetic of stream/jitter and engine/drift, no more.',
  },
];

/** @param {Room} room */
function forbidden({ rooms, folders }) {
  const patterns = [`(?:${folders.join('|')})/`];
  // From a neighbour room it is "../engine/", from outside of server "../server/engine/".
  if (rooms.length > 0) patterns.push(`(?:server/)?(?:${rooms.join('|')})(?:/|\\.js$)`);
  return `^(?:\\.\\./)+(?:${patterns.join('|')})`;
}

/** For eslint.config.js: one entry a room, so that a file falls under exactly one. */
export const roomRules = ROOMS.map((room) => ({
  files: [`${room.folder}/**/*.{ts,tsx}`],
  rules: /** @type {import('eslint').Linter.RulesRecord} */ ({
    'no-restricted-imports': ['error', { patterns: [{ regex: forbidden(room), message: room.rule }] }],
  }),
}));
