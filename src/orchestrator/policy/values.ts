import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** `30 minutes` → milliseconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,5} (second|minute|hour|day)s?$/, 'a time span such as 30 minutes or 7 days')
  .transform((text) => {
    const [count, unit = ''] = text.replace(/s$/, '').split(' ');
    return Number(count) * (UNITS[unit] ?? 0);
  });

/** `20:00`, from 00:00 to 23:59. */
export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 20:00');

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** IANA name. */
export const timeZone = z.string().refine(isTimeZone, 'an IANA time zone such as Europe/Berlin');
