import { CronExpressionParser } from 'cron-parser';

const HOUR = 3_600_000;

/**
 * The first slot of a schedule after `after` (ms since 1970). A time of day that a clock change of
 * an hour skips comes an hour later; one that comes twice counts once, the first time.
 * @param cron five fields: minute, hour, day of month, month, day of week
 * @param timeZone IANA name
 */
export const nextSlot = (cron: string, timeZone: string, after: number): number => parse(cron, timeZone, after).next().getTime();

/** The last slot at or before `now` (ms since 1970). */
export function latestSlot(cron: string, timeZone: string, now: number): number {
  // Around clock changes the library finds other slots backwards than forwards: only forwards counts.
  const backwards = parse(cron, timeZone, now);
  backwards.prev();
  let latest = nextSlot(cron, timeZone, backwards.prev().getTime() - 3 * HOUR);
  for (let slot = latest; slot <= now; slot = nextSlot(cron, timeZone, slot)) latest = slot;
  return latest;
}

/** What is wrong with a schedule's text, or null. */
export function cronProblem(cron: string): string | null {
  const expected = 'five cron fields (minute, hour, day of month, month, day of week) such as 0 17 * * 1-5';
  // `H` picks a random moment when it is parsed: the same log would give other slots (I11).
  if (cron.trim().split(/\s+/).length !== 5 || /\bH/i.test(cron)) return expected;
  try {
    nextSlot(cron, 'UTC', 0);
    return null;
  } catch (error) {
    return `${expected} (${error instanceof Error ? error.message : String(error)})`;
  }
}

const parse = (cron: string, timeZone: string, from: number) => CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(from) });
