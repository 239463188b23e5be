import {
  type DestinationStream,
  destination,
  type Level,
  type LevelWithSilent,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino';

export type { Logger } from 'pino';

// The one place where Weir's words to the operator leave: JSON lines on stderr, one short line each on a terminal.
// stdout carries only "weir ready URL".

const STDERR = 2;
/** Lines held while stderr does not take them; beyond it they are dropped, since a stuck terminal must not stop sound. */
const HELD_BYTES = 1024 * 1024;

const LEVEL_NAMES: Record<number, Level> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

interface Entry {
  time: string;
  level: number;
  room: string;
  msg?: string;
  err?: { stack?: string };
}

/** One JSON line of pino as a person reads it: "12:30:01 warn engine: xrun device=hall". */
export function humanLine(json: string): string {
  const { time, level, room, msg, err, ...rest } = JSON.parse(json) as Entry & Record<string, unknown>;
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const clock = time.slice('2000-01-01T'.length, '2000-01-01T00:00:00'.length);
  const words = [clock, LEVEL_NAMES[level] ?? level, `${room}:`, msg ?? '', ...fields];
  const trace = err?.stack ? ['', ...err.stack.split('\n').map(printable)] : [];
  return `${printable(words.join(' '))}${trace.join('\n')}\n`;
}

/** What others said stands in our lines: it shall neither end one nor move the terminal's cursor. */
function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function open(): DestinationStream {
  const stderr = destination({ fd: STDERR, sync: false, maxLength: HELD_BYTES });
  return process.stderr.isTTY ? { write: (line) => void stderr.write(humanLine(line)) } : stderr;
}

const root = pino({ base: null, timestamp: stdTimeFunctions.isoTime }, open());
const loggers: Logger[] = [];

/** The logger of one room ("engine", "carrier/unix"). Make it once, at the top of a module. */
export function logOf(room: string): Logger {
  const logger = root.child({ room });
  loggers.push(logger);
  return logger;
}

/** What is said from here on, by every room. */
export function setLogLevel(level: LevelWithSilent): void {
  root.level = level;
  for (const logger of loggers) logger.level = level;
}
