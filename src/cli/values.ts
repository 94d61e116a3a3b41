import { InvalidArgumentError } from 'commander';

/** An option that is a whole number from 1 on. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('A whole number from 1 on was expected.');
  return value;
}

/** An option that may be given several times. */
export const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
