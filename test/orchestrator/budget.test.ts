import { describe, expect, test } from 'vitest';
import { calendarOf, decideReserve, evolveDay, NOTHING_SPENT } from '../../src/orchestrator/budget.ts';
import { openSpend } from '../../src/orchestrator/spend.ts';
import type { DataOf, DomainEvent, NewEvent } from '../../src/store/events/index.ts';
import { manualClock } from '../support/manual-clock.ts';
import { memoryJournal } from '../support/memory-journal.ts';

const CENT = 10_000;
const limits = { dayMicros: 100 * CENT, monthMicros: 150 * CENT, agentDayMicros: { mailer: 30 * CENT } };
const ends = { day: '2026-11-24T00:00:00.000Z', month: '2026-12-01T00:00:00.000Z' };
const by = { actor: 'agent:leads@1', source: 'model', cause: null, correlation: 'c', subject: null };
const call = (id: string, worstMicros: number, agent = 'leads'): DataOf<'SpendReserved'> => ({ call: id, task: 't', agent, model: 'mini', worstMicros });

describe('A day of spending', () => {
  const day = (...events: { type: 'SpendReserved' | 'SpendSettled' | 'LimitReached'; data: object }[]) =>
    events
      .map((event, index) => ({ ...event, ...by, stream: 'spend:2026-11-23', version: index + 1, commit: index + 1, at: '' }) as DomainEvent)
      .reduce(evolveDay, NOTHING_SPENT);
  const reserved = { type: 'SpendReserved' as const, data: call('a', 5 * CENT) };
  const settled = (id: string, costMicros: number) => ({ type: 'SpendSettled' as const, data: { call: id, costMicros } });

  test.each([
    ['nothing', day(), 0],
    ['a reservation nobody settled counts in full: its process may have died after the provider charged', day(reserved), 5 * CENT],
    ['settled, it counts what it cost', day(reserved, settled('a', CENT)), CENT],
    ['settled twice, the first word stands', day(reserved, settled('a', CENT), settled('a', 0)), CENT],
    ['a settlement nobody reserved changes nothing', day(settled('x', 9 * CENT)), 0],
  ])('%s', (_what, state, micros) => expect([state.micros, state.byAgent['leads'] ?? 0]).toEqual([micros, micros]));
});

describe('A call is refused before it is made (I10)', () => {
  const today = (micros: number, byAgent = {}) => ({ ...NOTHING_SPENT, micros, byAgent });
  test.each([
    ['when it fits to the last cent', today(99 * CENT), 0, call('a', CENT), null],
    ['when its worst case does not fit today', today(99 * CENT), 0, call('a', CENT + 1), 'model-budget-day'],
    ['when it does not fit into the month', today(0), 149 * CENT, call('a', CENT + 1), 'model-budget-month'],
    ['when it does not fit into its agent’s day', today(30 * CENT, { mailer: 30 * CENT }), 0, call('a', 1, 'mailer'), 'model-budget-day:mailer'],
    ['another agent has only the limits of all', today(30 * CENT, { leads: 30 * CENT }), 0, call('a', 1), null],
    ['an agent named like a built-in has no limit by accident', today(0), 0, call('a', 1, 'constructor'), null],
  ])('%s', (_what, state, earlierMicros, request, limit) =>
    expect(decideReserve({ today: state, earlierMicros }, request, limits, ends)?.limit ?? null).toBe(limit),
  );

  test('the refusal says how much, why, and until when', () => {
    const refusal = decideReserve({ today: today(99 * CENT), earlierMicros: 0 }, call('a', 5 * CENT), limits, ends);
    expect(refusal).toMatchObject({ until: ends.day, news: true });
    expect(refusal?.detail).toContain('today is $1.00; $0.99 are spent or reserved, and the next call could cost $0.05');
  });
});

describe('The calendar follows the company’s zone', () => {
  test.each([
    ['Europe/Berlin', '2026-11-23T23:30:00Z', '2026-11-24', '2026-11-24T23:00:00.000Z', '2026-11-30T23:00:00.000Z'],
    ['America/Los_Angeles', '2026-12-01T07:59:59Z', '2026-11-30', '2026-12-01T08:00:00.000Z', '2026-12-01T08:00:00.000Z'],
    // 25 hours, and 23.
    ['Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25', '2026-10-25T23:00:00.000Z', '2026-10-31T23:00:00.000Z'],
    ['Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29', '2026-03-29T22:00:00.000Z', '2026-03-31T22:00:00.000Z'],
  ])('%s %s', (zone, at, day, dayEnd, monthEnd) => {
    const calendar = calendarOf(zone);
    expect(calendar.dayOf(Date.parse(at))).toBe(day);
    expect(calendar.endsAfter(Date.parse(at))).toEqual({ day: dayEnd, month: monthEnd });
  });

  test('earlier days of the month', () => expect(calendarOf('UTC').earlierDays('2026-11-03')).toEqual(['2026-11-01', '2026-11-02']));
});

describe('Reserving', () => {
  function given(start = '2026-11-23T10:00:00.000Z') {
    const clock = manualClock(start);
    const journal = memoryJournal(clock);
    const open = () => openSpend(journal, clock, () => ({ limits, timeZone: 'Europe/Berlin' }));
    const events = <T extends NewEvent['type']>(type: T) => journal.commits.flatMap((commit) => commit.events).filter((event) => event.type === type);
    return { clock, journal, open, events, spend: open() };
  }

  test('two workers at once never reserve more than there is', async () => {
    const { open, events } = given();
    const workers = [open(), open()];
    const asked = Array.from({ length: 60 }, (_, index) => workers[index % 2]?.reserve(call(`c${index}`, 3 * CENT), by));
    const granted = (await Promise.all(asked)).filter((reservation) => reservation);
    expect(granted).toHaveLength(33);
    expect(events('SpendReserved')).toHaveLength(33);
  });

  test('what a call did not use is free for the next', async () => {
    const { spend } = given();
    const first = await spend.reserve(call('a', 100 * CENT), by);
    expect(await spend.reserve(call('b', CENT), by)).toBeNull();
    if (first) await spend.settle(first, 2 * CENT, by);
    expect(await spend.reserve(call('c', 98 * CENT), by)).not.toBeNull();
    expect(await spend.spent()).toEqual({ today: 100 * CENT, month: 100 * CENT });
  });

  test('a limit is put on record once a day, however many run into it', async () => {
    const { open, clock, events } = given();
    const workers = [open(), open()];
    const runInto = () =>
      Promise.all(
        workers.flatMap((worker) => [
          worker.reserve(call('x', 200 * CENT), by),
          worker.reserve(call('y', 200 * CENT), by),
          worker.limitReached('model-calls:leads', 'Too many.', by),
        ]),
      );
    await runInto();
    await runInto();
    const names = () => events('LimitReached').map((event) => (event.type === 'LimitReached' ? event.data.limit : ''));
    expect(names().sort()).toEqual(['model-budget-month', 'model-calls:leads']);
    clock.move(24 * 3_600_000);
    await runInto();
    expect(names()).toHaveLength(4);
  });

  test('the day ends at the company’s midnight; the month is the sum of its days', async () => {
    const { spend, clock } = given('2026-11-23T22:59:00.000Z');
    await spend.reserve(call('a', 100 * CENT), by);
    clock.move(60_000);
    expect(await spend.spent()).toEqual({ today: 0, month: 100 * CENT });
    expect(await spend.reserve(call('b', 51 * CENT), by)).toBeNull();
    expect(await spend.reserve(call('c', 50 * CENT), by)).not.toBeNull();
    clock.move(7 * 24 * 3_600_000);
    expect(await spend.spent()).toEqual({ today: 0, month: 0 });
  });

  test('a call that began before midnight is settled on its own day, days later too', async () => {
    const { spend, clock, journal } = given('2026-11-20T22:59:00.000Z');
    const late = await spend.reserve(call('a', 90 * CENT), by);
    clock.move(3 * 24 * 3_600_000);
    expect((await spend.spent()).month).toBe(90 * CENT);
    if (late) await spend.settle(late, CENT, by);
    expect((await spend.spent()).month).toBe(CENT);
    expect((await journal.readStream('spend:2026-11-20')).map(({ type }) => type)).toEqual(['SpendReserved', 'SpendSettled']);
  });

  test('a process whose clock is a little behind still reserves on yesterday, and the others see it', async () => {
    const { spend, clock, journal } = given('2026-11-23T23:01:00.000Z');
    const behind = openSpend(journal, { now: () => clock.now() - 120_000 }, () => ({ limits, timeZone: 'Europe/Berlin' }));
    expect((await spend.spent()).month).toBe(0);
    const late = await behind.reserve(call('a', 90 * CENT), by);
    if (late) await behind.settle(late, 90 * CENT, by);
    expect((await spend.spent()).month).toBe(90 * CENT);
  });

  test('a restart knows what was spent', async () => {
    const { spend, open } = given();
    await spend.reserve(call('a', 60 * CENT), by);
    expect(await open().reserve(call('b', 41 * CENT), by)).toBeNull();
  });
});
