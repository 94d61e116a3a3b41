import { CommanderError } from 'commander';
import { CountersignError } from '../store/errors.ts';
import { EXIT, type Output } from './output.ts';

const CODES: Readonly<Record<string, number>> = {
  AlreadyOwned: EXIT.inUse,
  PortInUse: EXIT.inUse,
  Environment: EXIT.usage,
  DataFolder: EXIT.usage,
  Usage: EXIT.usage,
  NotFound: EXIT.notFound,
  FileExists: EXIT.usage,
  InvalidForm: EXIT.usage,
  LogDamaged: EXIT.damaged,
};

/** A command line that cannot be carried out as it was written. */
export const usage = (message: string): CountersignError => new CountersignError('Usage', message);
export const notFound = (message: string): CountersignError => new CountersignError('NotFound', message);

/** What an exit code is called in JSON. */
const KINDS = new Map<number, string>([
  [EXIT.refused, 'refused'],
  [EXIT.usage, 'usage'],
  [EXIT.notFound, 'not-found'],
  [EXIT.inUse, 'in-use'],
  [EXIT.damaged, 'damaged'],
]);

/**
 * Tells what went wrong, and returns the exit code. What was meant for people is told in its own
 * words; anything else is a bug and says so. A script is told on standard output, like everything else.
 * @param verbose with the stack
 */
export function tellFailure(error: unknown, out: Output, verbose: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    // A person was told by commander already.
    if (out.json) tell(out, EXIT.usage, error.message.replace(/^error: /, ''));
    return EXIT.usage;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof CountersignError) {
    return tell(out, CODES[error.code] ?? EXIT.refused, verbose ? `${error.message}\n\n${stack}` : error.message);
  }
  return tell(
    out,
    EXIT.refused,
    `${error instanceof Error ? error.message : String(error)}\n\nThis should not happen: it is a bug in Countersign. Nothing that was acknowledged is lost.\n${
      verbose ? stack : 'Run it again with --verbose to see where it happened.'
    }`,
  );
}

function tell(out: Output, code: number, message: string): number {
  if (out.json) out.result({ ok: false, code: KINDS.get(code) ?? 'refused', message }, '');
  else out.warn(message);
  return code;
}
