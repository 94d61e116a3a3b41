import { describe } from 'vitest';
import { findPart, howToGet, type Part } from '../../scripts/parts.ts';

/**
 * A suite that needs a part of the machine (a browser, a server). Without it the suite is skipped under a name
 * that `npm test` repeats at its end, together with the way to get the part.
 */
export function describeWith(part: Part, name: string, suite: () => void): void {
  if (findPart(part, process.env) === null) describe.skip(`${name} (needs ${part})`, suite);
  else describe(name, suite);
}

/** The executable of a part, inside a suite of `describeWith`. @throws Error that says how to get it */
export function partPath(part: Part): string {
  const path = findPart(part, process.env);
  if (path === null) throw new Error(`Expected ${part} on this machine, found none: ${howToGet(part)}.`);
  return path;
}
