import type { Clock } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import type { DataOf, Envelope, NewEvent } from '../store/events/index.ts';
import type { Journal } from '../store/journal.ts';
import { type BudgetLimits, type Calendar, calendarOf, type DaySpend, decideReserve, evolveDay, NOTHING_SPENT, type SpendState } from './budget.ts';

/** Room that was set aside for one call. */
export interface Reservation {
  readonly call: string;
  /** `spend:YYYY-MM-DD`: a call is settled on the day it was reserved. */
  readonly stream: string;
  readonly worstMicros: number;
}

/** The budget of all workers on one log (I10). */
export interface Spend {
  /** Sets the worst case aside, or returns null: a limit is reached, and on record once a day. */
  reserve(request: DataOf<'SpendReserved'>, envelope: Envelope): Promise<Reservation | null>;
  /** The event that settles; append it together with what was paid for, or alone with `settle`. */
  settlement(reservation: Reservation, costMicros: number, envelope: Envelope): NewEvent;
  settle(reservation: Reservation, costMicros: number, envelope: Envelope): Promise<void>;
  /** Puts on record, once a day, that some other limit on models was reached. */
  limitReached(limit: string, detail: string, envelope: Envelope): Promise<void>;
  /** Spent and reserved, in micros. */
  spent(): Promise<{ readonly today: number; readonly month: number }>;
}

/** How often a reservation starts again because another process was faster. */
const MAX_CONFLICTS = 100;

/** @param settings read at every call, since they can be reloaded */
export function openSpend(journal: Journal, clock: Pick<Clock, 'now'>, settings: () => { readonly limits: BudgetLimits; readonly timeZone: string }): Spend {
  const days = new Map<string, DaySpend>();
  /** Days that were over when they were last read, with nothing open: they are not read again. */
  const closed = new Set<string>();
  const calendars = new Map<string, Calendar>();
  // Reservations of this process go one by one: they would only conflict with each other.
  let last: Promise<unknown> = Promise.resolve();

  const calendar = () => {
    const { timeZone } = settings();
    const known = calendars.get(timeZone) ?? calendarOf(timeZone);
    calendars.set(timeZone, known);
    return known;
  };

  /** Reads on from what is known of a day. */
  async function loadDay(day: string): Promise<DaySpend> {
    const known = days.get(day) ?? NOTHING_SPENT;
    const events = await journal.readStream(streamOf(day), known.version);
    const now = events.reduce(evolveDay, known);
    days.set(day, now);
    return now;
  }

  async function load(day: string): Promise<SpendState> {
    const earlier = calendar().earlierDays(day);
    for (const known of days.keys()) {
      if (known === day || earlier.includes(known)) continue;
      days.delete(known);
      closed.delete(known);
    }
    let earlierMicros = 0;
    for (const past of earlier) {
      const known = closed.has(past) ? days.get(past) : undefined;
      const spent = known ?? (await loadDay(past));
      earlierMicros += spent.micros;
      // Not yesterday: a process whose clock is a little behind may still reserve there.
      if (past !== earlier.at(-1) && Object.keys(spent.open).length === 0) closed.add(past);
    }
    return { today: await loadDay(day), earlierMicros };
  }

  /** Loads, decides and appends to today's stream; again when another process was faster (I2). */
  async function onToday<T>(
    envelope: Envelope,
    decide: (state: SpendState, day: string, now: number) => { readonly event: SpendEvent | null; readonly result: T },
  ): Promise<T> {
    for (let conflicts = 0; ; conflicts += 1) {
      const now = clock.now();
      const day = calendar().dayOf(now);
      const state = await load(day);
      const { event, result } = decide(state, day, now);
      if (event === null) return result;
      const stream = streamOf(day);
      try {
        await journal.append([{ ...event, stream, ...envelope, subject: null }], { [stream]: state.today.version });
        return result;
      } catch (error) {
        if (!(error instanceof VersionConflict) || conflicts >= MAX_CONFLICTS) throw error;
      }
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  }

  const settlement: Spend['settlement'] = ({ call, stream }, costMicros, envelope) => ({
    stream,
    type: 'SpendSettled',
    data: { call, costMicros },
    ...envelope,
    subject: null,
  });

  return {
    settlement,

    reserve: (request, envelope) =>
      inTurn(() =>
        onToday<Reservation | null>(envelope, (state, day, now) => {
          const refusal = decideReserve(state, request, settings().limits, calendar().endsAfter(now));
          if (refusal === null) {
            return { event: { type: 'SpendReserved', data: request }, result: { call: request.call, stream: streamOf(day), worstMicros: request.worstMicros } };
          }
          const { limit, detail, until, news } = refusal;
          return { event: news ? { type: 'LimitReached', data: { limit, detail, until } } : null, result: null };
        }),
      ),

    async settle(reservation, costMicros, envelope) {
      await journal.append([settlement(reservation, costMicros, envelope)]);
    },

    limitReached: (limit, detail, envelope) =>
      inTurn(() =>
        onToday(envelope, ({ today }, _day, now) => {
          const until = calendar().endsAfter(now).day;
          return { event: today.reached.includes(limit) ? null : { type: 'LimitReached', data: { limit, detail, until } }, result: undefined };
        }),
      ),

    spent: () =>
      inTurn(async () => {
        const { today, earlierMicros } = await load(calendar().dayOf(clock.now()));
        return { today: today.micros, month: earlierMicros + today.micros };
      }),
  };
}

type SpendEvent =
  | { readonly type: 'SpendReserved'; readonly data: DataOf<'SpendReserved'> }
  | { readonly type: 'LimitReached'; readonly data: DataOf<'LimitReached'> };

const streamOf = (day: string): string => `spend:${day}`;
