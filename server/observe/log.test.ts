import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { humanLine } from './log.js';

/** Runs `code` in a process of its own, with `logOf` and `setLogLevel` at hand. */
function logged(code: string) {
  const log = new URL('./log.js', import.meta.url).href;
  const script = `import { logOf, setLogLevel } from '${log}'; ${code}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return { stdout, stderr };
}

function lines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

describe('log', () => {
  test('writes one JSON line a message on stderr, none on stdout', () => {
    const { stdout, stderr } = logged(`
      const log = logOf('engine');
      log.info('ready');
      log.warn({ device: 'hall', frames: 64 }, 'xrun\\nfaked line');`);
    expect(stdout).toBe('');
    expect(lines(stderr)).toMatchObject([
      { level: 30, room: 'engine', msg: 'ready', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) },
      { level: 40, room: 'engine', msg: 'xrun\nfaked line', device: 'hall', frames: 64 },
    ]);
  });

  test('loses nothing that was said just before the end', () => {
    const { stderr } = logged(`
      const log = logOf('main');
      for (let i = 0; i < 100; i++) log.info({ i });
      process.exit(3);`);
    expect(lines(stderr)).toHaveLength(100);
  });

  test('changes its level for loggers that are already made', () => {
    const { stderr } = logged(`
      const early = logOf('a');
      early.debug('unsaid');
      setLogLevel('debug');
      early.debug('said');
      logOf('b').debug('said too');
      setLogLevel('silent');
      early.fatal('unsaid');`);
    expect(lines(stderr)).toMatchObject([{ msg: 'said' }, { msg: 'said too' }]);
  });

  test('is one short line for a person', () => {
    const entry = { level: 40, time: '2026-01-02T12:30:01.234Z', room: 'engine', device: 'hall', late: 3, msg: 'xrun' };
    expect(humanLine(JSON.stringify(entry))).toBe('12:30:01 warn engine: xrun device=hall late=3\n');
  });

  test('lets nothing that others said end a line or steer the terminal', () => {
    const entry = {
      level: 30,
      time: '2026-01-02T12:30:01.234Z',
      room: 'session',
      name: 'song\n12:30:02 info main: all is well',
      path: '/\x9b2J\u202e',
      msg: '\x1b[2Jhello',
    };
    expect(humanLine(JSON.stringify(entry))).toBe(
      '12:30:01 info session: \\u001b[2Jhello name=song\\u000a12:30:02 info main: all is well path=/\\u009b2J\\u202e\n',
    );
  });

  test('shows a person where an error came from', () => {
    const entry = {
      level: 50,
      time: '2026-01-02T12:30:01.234Z',
      room: 'main',
      msg: 'no',
      err: { stack: 'Error: no\n    at here' },
    };
    expect(humanLine(JSON.stringify(entry))).toBe('12:30:01 error main: no\nError: no\n    at here\n');
  });
});
