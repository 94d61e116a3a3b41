/** Times of day as `HH:MM`; past midnight when `from` is later than `to`. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

/**
 * When the quiet hours around `now` end (ms since 1970), or null when it is not quiet. It is quiet
 * while the clock on the wall says so: at a clock change the hours get shorter or longer, and where
 * the wall shows a time twice, it counts twice.
 * @param now ms since 1970
 * @param timeZone IANA name
 */
export function quietUntil({ from, to }: QuietHours, timeZone: string, now: number): number | null {
  const start = minutes(from);
  const end = minutes(to);
  const isQuiet = (time: Temporal.ZonedDateTime) => between(start, end, time.hour * 60 + time.minute);

  let time = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  if (!isQuiet(time)) return null;
  while (isQuiet(time)) {
    const left = (end - time.hour * 60 - time.minute + 1440) % 1440;
    const target = Math.floor(time.epochMilliseconds / 60_000) * 60_000 + left * 60_000;
    const change = time.getTimeZoneTransition('next');
    if (change === null || change.epochMilliseconds > target) return target;
    time = change;
  }
  return time.epochMilliseconds;
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const between = (start: number, end: number, minute: number): boolean => (start < end ? minute >= start && minute < end : minute >= start || minute < end);
