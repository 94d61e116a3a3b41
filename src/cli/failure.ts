import { CommanderError } from 'commander';
import { CountersignError } from '../store/errors.ts';
import { EXIT, type Output } from './output.ts';

const CODES: Readonly<Record<string, number>> = {
  AlreadyOwned: EXIT.inUse,
  PortInUse: EXIT.inUse,
  Environment: EXIT.usage,
  Usage: EXIT.usage,
  NotFound: EXIT.notFound,
  FileExists: EXIT.usage,
  LogDamaged: EXIT.damaged,
};

/** A command line that cannot be carried out as it was written. */
export const usage = (message: string): CountersignError => new CountersignError('Usage', message);
export const notFound = (message: string): CountersignError => new CountersignError('NotFound', message);

/**
 * Tells what went wrong, and returns the exit code. What was meant for people is told in its own
 * words; anything else is a bug and says so.
 * @param verbose with the stack
 */
export function tellFailure(error: unknown, out: Output, verbose: boolean): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof CountersignError) {
    out.warn(verbose ? `${error.message}\n\n${stack}` : error.message);
    return CODES[error.code] ?? EXIT.refused;
  }
  out.warn(
    `${error instanceof Error ? error.message : String(error)}\n\nThis should not happen: it is a bug in Countersign. Nothing that was acknowledged is lost.\n${
      verbose ? stack : 'Run it again with --verbose to see where it happened.'
    }`,
  );
  return EXIT.refused;
}
