import { describe, expect, test } from 'vitest';
import { deferral } from '../../src/orchestrator/policy/limits.ts';
import { quietUntil } from '../../src/orchestrator/policy/quiet-hours.ts';
import { cronProblem, latestSlot, nextSlot } from '../../src/orchestrator/policy/slots.ts';
import { facts, NOON, policy } from '../support/policy-cases.ts';

const ms = (iso: string) => Date.parse(iso);
const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString().replace('.000', ''));
const HOUR = 3_600_000;

describe('quiet hours follow the clock on the wall', () => {
  test.each([
    // In Berlin it is UTC+1 in winter and UTC+2 in summer; the clock changes on 29 March and 25 October 2026 at 01:00 UTC.
    { from: '20:00', to: '08:00', zone: 'Europe/Berlin', now: '2026-01-10T18:59:59Z', until: null },
    { from: '20:00', to: '08:00', zone: 'Europe/Berlin', now: '2026-01-10T19:00:00Z', until: '2026-01-11T07:00:00Z' },
    { from: '20:00', to: '08:00', zone: 'Europe/Berlin', now: '2026-01-11T06:59:59Z', until: '2026-01-11T07:00:00Z' },
    { from: '20:00', to: '08:00', zone: 'Europe/Berlin', now: '2026-01-11T07:00:00Z', until: null },
    { from: '12:00', to: '13:30', zone: 'Europe/Berlin', now: '2026-07-10T10:15:30Z', until: '2026-07-10T11:30:00Z' },
    // The night in spring is an hour shorter, the one in autumn an hour longer.
    { from: '20:00', to: '08:00', zone: 'Europe/Berlin', now: '2026-03-28T19:00:00Z', until: '2026-03-29T06:00:00Z' },
    { from: '20:00', to: '08:00', zone: 'Europe/Berlin', now: '2026-10-24T18:00:00Z', until: '2026-10-25T07:00:00Z' },
    // An end that the change skips: quiet ends with the change.
    { from: '22:00', to: '02:30', zone: 'Europe/Berlin', now: '2026-03-28T23:00:00Z', until: '2026-03-29T01:00:00Z' },
    // A quiet time that the change skips whole does not happen.
    { from: '02:00', to: '02:59', zone: 'Europe/Berlin', now: '2026-03-29T01:00:00Z', until: null },
    // An end that comes twice ends it twice.
    { from: '22:00', to: '02:30', zone: 'Europe/Berlin', now: '2026-10-25T00:00:00Z', until: '2026-10-25T00:30:00Z' },
    { from: '22:00', to: '02:30', zone: 'Europe/Berlin', now: '2026-10-25T00:30:00Z', until: null },
    { from: '22:00', to: '02:30', zone: 'Europe/Berlin', now: '2026-10-25T01:00:00Z', until: '2026-10-25T01:30:00Z' },
    // Other zones: no change at all, half an hour, a change at midnight.
    { from: '20:00', to: '08:00', zone: 'Asia/Kolkata', now: '2026-03-29T14:30:00Z', until: '2026-03-30T02:30:00Z' },
    { from: '20:00', to: '08:00', zone: 'Australia/Lord_Howe', now: '2026-10-03T10:00:00Z', until: '2026-10-03T21:00:00Z' },
    { from: '20:00', to: '08:00', zone: 'America/Santiago', now: '2026-09-06T00:00:00Z', until: '2026-09-06T11:00:00Z' },
  ])('$from to $to in $zone, at $now', ({ from, to, zone, now, until }) => {
    expect(iso(quietUntil({ from, to }, zone, ms(now)))).toBe(until);
  });
});

describe('slots of a schedule', () => {
  const slots = (cron: string, zone: string, after: string, count: number) => {
    const found: number[] = [];
    for (let at = ms(after); found.length < count; found.push(at)) at = nextSlot(cron, zone, at);
    return found.map(iso);
  };

  test.each([
    {
      what: 'keep to the wall over the change in spring',
      cron: '0 17 * * *',
      after: '2026-03-28T00:00:00Z',
      at: ['2026-03-28T16:00:00Z', '2026-03-29T15:00:00Z'],
    },
    {
      what: 'keep to the wall over the change in autumn',
      cron: '0 17 * * *',
      after: '2026-10-24T00:00:00Z',
      at: ['2026-10-24T15:00:00Z', '2026-10-25T16:00:00Z'],
    },
    {
      what: 'come an hour later where the time is skipped',
      cron: '30 2 * * *',
      after: '2026-03-28T12:00:00Z',
      at: ['2026-03-29T01:30:00Z', '2026-03-30T00:30:00Z'],
    },
    { what: 'come once where the time comes twice', cron: '30 2 * * *', after: '2026-10-24T12:00:00Z', at: ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'] },
    { what: 'leave out the weekend', cron: '0 9 * * 1-5', after: '2026-06-12T12:00:00Z', at: ['2026-06-15T07:00:00Z', '2026-06-16T07:00:00Z'] },
  ])('$what', ({ cron, after, at }) => {
    expect(slots(cron, 'Europe/Berlin', after, at.length)).toEqual(at);
  });

  test('the latest slot is always one that came forwards, at or before now', () => {
    for (const cron of ['30 2 * * *', '0 17 * * *', '*/20 * * * *']) {
      for (const start of ['2026-03-28T20:00:00Z', '2026-10-24T20:00:00Z']) {
        let slot = latestSlot(cron, 'Europe/Berlin', ms(start));
        for (let now = ms(start); now < ms(start) + 12 * HOUR; now += 10 * 60_000) {
          const next = nextSlot(cron, 'Europe/Berlin', slot);
          if (next <= now) slot = next;
          expect(iso(latestSlot(cron, 'Europe/Berlin', now)), `${cron} at ${iso(now)}`).toBe(iso(slot));
        }
      }
    }
    expect(iso(latestSlot('0 17 * * *', 'UTC', ms('2026-01-01T17:00:00Z')))).toBe('2026-01-01T17:00:00Z');
    expect(iso(latestSlot('0 17 * * *', 'UTC', ms('2026-01-01T16:59:59Z')))).toBe('2025-12-31T17:00:00Z');
  });

  test.each(['', '0 17 * *', '0 0 17 * * *', '61 17 * * *', 'H 17 * * *', 'every day', '@daily'])('refuses %j', (cron) => {
    expect(cronProblem(cron)).toContain('five cron fields');
  });
  test('takes names of days', () => expect(cronProblem('0 9 * * mon-thu')).toBeNull());
});

describe('limits on what leaves', () => {
  const rules = policy([], { limits: { perHour: 2, perDay: 3, perRecipientPerDay: 1 } });
  const sent = (count: number, minutesAgo: number) => ({ count, oldest: NOON - minutesAgo * 60_000 });

  test.each([
    { reached: 'none', given: { sentLastHour: sent(1, 30), sentLastDay: sent(2, 300) }, minutes: null },
    { reached: 'the hour', given: { sentLastHour: sent(2, 30) }, minutes: 30 },
    { reached: 'the day', given: { sentLastHour: sent(2, 30), sentLastDay: sent(3, 300) }, minutes: 1140 },
    { reached: 'the recipient', given: { sentToRecipientLastDay: sent(1, 1439) }, minutes: 1 },
    { reached: 'the hour, exceeded since it was lowered', given: { sentLastHour: sent(9, 59) }, minutes: 1 },
  ])('$reached', ({ given, minutes }) => {
    const wait = deferral(facts(given), rules);
    expect(wait && wait.until - NOON).toBe(minutes && minutes * 60_000 + 1);
  });

  test('a reached limit is told as an event a person can see (I10)', () => {
    expect(deferral(facts({ sentLastHour: sent(2, 30) }), rules)?.limit).toEqual({
      limit: 'outbound per hour',
      detail: 'limit reached: 2 outbound per hour',
      until: '2026-06-10T10:30:00.001Z',
    });
  });

  test('what stays inside waits for nothing', () => {
    expect(deferral(facts({ leaves: false, sentLastHour: sent(9, 1) }), rules)).toBeNull();
  });

  test('with quiet hours, the later of both counts; quiet hours alone reach no limit', () => {
    const quiet = { ...rules, quietHours: { from: '12:00', to: '12:45' } }; // NOON is 12:00 in Berlin
    expect(deferral(facts(), quiet)).toMatchObject({ until: NOON + 45 * 60_000, limit: null });
    expect(deferral(facts({ sentLastHour: sent(2, 30) }), quiet)).toMatchObject({ until: NOON + 45 * 60_000, limit: { limit: 'outbound per hour' } });
    expect(deferral(facts({ sentLastHour: sent(2, 5) }), quiet)).toMatchObject({ until: NOON + 55 * 60_000 + 1 });
  });
});
