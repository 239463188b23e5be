import { CommanderError } from 'commander';
import { WeirError } from '../observe/errors.js';

/** Exit statuses that scripts rely on. */
export const EXIT = { success: 0, failure: 1, usage: 2 } as const;

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

/** One line on standard error that ends nothing. */
export function warn(text: string): void {
  process.stderr.write(`weir: ${oneLine(text)}\n`);
}

/** Says once what went wrong and what to do about it; the exit status for it. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has already said it; help and version are no failures.
    return error.exitCode === 0 ? EXIT.success : EXIT.usage;
  }
  if (error instanceof WeirError) warn(`${error.message} — ${error.wayOut}`);
  else warn(error instanceof Error ? error.message : String(error));
  return EXIT.failure;
}
