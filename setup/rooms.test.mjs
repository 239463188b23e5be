import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, test } from 'vitest';

// Loading the rules takes a while; the types are not needed for this one.
const LINT_TIMEOUT_MS = 60_000;

/** @type {ESLint} */
let eslint;
beforeAll(() => {
  eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] });
});

/**
 * What the direction rule says of one import in a file of the project.
 * @param {string} filePath
 * @param {string} imported
 */
async function refusals(filePath, imported) {
  const [result] = await eslint.lintText(`import '${imported}';\n`, { filePath });
  const messages = result?.messages ?? [];
  expect(messages.filter((message) => message.fatal)).toEqual([]);
  return messages.filter(({ ruleId }) => ruleId === 'no-restricted-imports').map(({ message }) => message);
}

describe('imports point downward', () => {
  test.each([
    ['server/device/x.ts', '../engine/mixer.js'],
    ['server/engine/x.ts', '../stream/stream.js'],
    ['server/stream/x.ts', '../session/port.js'],
    ['server/session/x.ts', '../carrier/unix/unix-connection.js'],
    ['server/session/x.ts', '../control/http.js'],
    ['server/device/alsa/x.ts', '../../session/port.js'],
    ['server/observe/x.ts', '../device/device-spec.js'],
    ['server/config/x.ts', '../session/port.js'],
    ['server/policy/x.ts', '../engine/mixer.js'],
    ['server/carrier/unix/x.ts', '../../control/http.js'],
    ['native-shim/client/x.ts', '../../server/session/port.js'],
    ['native-shim/client/x.ts', '../../server/engine/orders.js'],
    ['web/session/x.ts', '../../server/observe/errors.js'],
    ['web/stream/x.ts', '../../server/stream/playback-path.js'],
    ['web/session/x.ts', '../../native-shim/sys.js'],
    ['server/stream/x.ts', '../../web/session/session.js'],
    ['server/engine/x.ts', '../main.js'],
    ['server/control/api/x.ts', '../../cli/program.js'],
    ['server/mempool/x.ts', '../../e2e/server.js'],
    ['native-shim/client/x.ts', '../../server/main.js'],
  ])(
    '%s may not import %s',
    async (file, imported) => {
      expect(await refusals(file, imported)).toHaveLength(1);
    },
    LINT_TIMEOUT_MS,
  );

  test.each([
    ['server/session/x.ts', '../stream/stream.js'],
    ['server/carrier/unix/x.ts', '../../session/port.js'],
    ['server/device/x.ts', '../observe/errors.js'],
    ['server/device/x.ts', '../../native-shim/sys.js'],
    ['server/config/x.ts', '../observe/errors.js'],
    ['server/control/x.ts', '../session/port.js'],
    ['native-shim/client/x.ts', '../../server/observe/errors.js'],
    ['native-shim/client/x.ts', '../../server/engine/drift/clock-exchange.js'],
    ['e2e/x.ts', '../server/session/port.js'],
    ['server/main.ts', './control/http.js'],
    ['web/mixer/x.ts', '../session/session.js'],
    ['web/stream/x.ts', '../carrier/websocket.js'],
    ['web/stream/x.ts', '../../server/stream/jitter/sender-line.js'],
    ['web/stream/x.ts', '../../server/engine/drift/rate-loop.js'],
    ['server/session/x.ts', './main-thing.js'],
  ])(
    '%s may import %s',
    async (file, imported) => {
      expect(await refusals(file, imported)).toEqual([]);
    },
    LINT_TIMEOUT_MS,
  );
});
