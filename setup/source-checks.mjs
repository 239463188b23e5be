import { build } from './build-steps.mjs';
import { runPackage } from './run.mjs';
import { say } from './say.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<unknown>} run rejects with what was found
 */

/** @type {Check} */
const building = { name: 'build and types of the server', run: build };

/** What can be seen of the built sources without running them. @type {Check[]} */
const afterwards = [
  { name: 'lint rules', run: () => runPackage('eslint/bin/eslint.js', ['--max-warnings', '0', '.']) },
  { name: 'formatting', run: () => runPackage('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']) },
  { name: 'types of the page', run: () => runPackage('typescript/bin/tsc', ['-p', 'web']) },
  { name: 'types of set-up', run: () => runPackage('typescript/bin/tsc', ['-p', 'setup']) },
];

/**
 * Builds and checks everything, also after something failed, and says how each check went.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function checkSources() {
  const outcomes = [await passes(building), ...(await Promise.all(afterwards.map(passes)))];
  const passed = outcomes.filter((outcome) => outcome).length;
  return { passed, failed: outcomes.length - passed };
}

/** @param {Check} check */
async function passes({ name, run }) {
  try {
    await run();
    say(`${name}: passed`);
    return true;
  } catch (error) {
    say(`${name}: FAILED\n${error instanceof Error ? error.message : error}`);
    return false;
  }
}
