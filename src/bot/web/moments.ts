/** Dates and times as the page shows them and as people enter them. Pure: `now` and the zone come in. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function span(ms: number): string {
  if (ms < HOUR) return `${Math.max(1, Math.round(ms / MINUTE))} min`;
  if (ms < 36 * HOUR) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} days`;
}

/** `just now`, `5 min ago`, `in 3 h`, `in 2 days`. The same words as in static/page.js, which keeps them fresh. */
export function relative(at: string, now: number): string {
  const distance = Date.parse(at) - now;
  if (Number.isNaN(distance)) return 'at an unknown time';
  if (Math.abs(distance) < MINUTE / 2) return distance > 0 ? 'in a moment' : 'just now';
  return distance > 0 ? `in ${span(distance)}` : `${span(-distance)} ago`;
}

/** `Tue, 24 Nov 2026, 14:05 (Europe/Berlin)` */
export function exact(at: string, zone: string): string {
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return at;
  return `${new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(ms)} (${zone})`;
}

/** Instants as they stand in the log, inside a sentence, in the reader's words. */
export const withTimes = (text: string, zone: string): string => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (at) => exact(at, zone));

export const SNOOZES = [
  { key: '1h', label: '1 hour' },
  { key: '4h', label: '4 hours' },
  { key: 'tomorrow', label: 'Tomorrow, 9:00' },
  { key: 'monday', label: 'Monday, 9:00' },
] as const;

/** When a snooze ends (ISO, UTC), or null for a key that is not in `SNOOZES`. Mornings are at 9:00 in `zone`. */
export function snoozeUntil(key: string, now: number, zone: string): string | null {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const morning = (days: number): string => iso(here.add({ days }).withPlainTime('09:00'));
  switch (key) {
    case '1h':
      return iso(here.add({ hours: 1 }));
    case '4h':
      return iso(here.add({ hours: 4 }));
    case 'tomorrow':
      return morning(1);
    case 'monday':
      return morning(8 - here.dayOfWeek);
    default:
      return null;
  }
}

const iso = (moment: Temporal.ZonedDateTime): string => new Date(moment.epochMilliseconds).toISOString();

/** For `<input type="datetime-local">`: `2026-11-24T14:05`; empty for what is no date. */
export function toLocal(at: string, zone: string): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? '' : Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'minute' });
}

/** Back from there (ISO, UTC, milliseconds). What is no date comes back as it was, for the schema to refuse. */
export function fromLocal(text: string, zone: string): string {
  try {
    return iso(Temporal.PlainDateTime.from(text).toZonedDateTime(zone));
  } catch {
    return text;
  }
}
