import { instant } from '../ports.ts';
import type { DataOf, DomainEvent } from '../store/events/index.ts';

/** What models may cost, in millionths of a US dollar. */
export interface BudgetLimits {
  readonly dayMicros: number;
  readonly monthMicros: number;
  /** Per agent and day; an agent left out has only the limits of all. */
  readonly agentDayMicros: Readonly<Record<string, number>>;
}

/** One day's spending, folded from its stream `spend:YYYY-MM-DD`. */
export interface DaySpend {
  readonly version: number;
  /**
   * Reserved and not settled, by call. It counts as spent, the worst case in full: the process may
   * have died after the provider charged. Whoever knows better settles it later.
   */
  readonly open: Readonly<Record<string, { readonly agent: string; readonly micros: number }>>;
  /** Settled, plus what is open. */
  readonly micros: number;
  readonly byAgent: Readonly<Record<string, number>>;
  /** Limits whose reaching is already on record. */
  readonly reached: readonly string[];
}

export const NOTHING_SPENT: DaySpend = { version: 0, open: {}, micros: 0, byAgent: {}, reached: [] };

export function evolveDay(day: DaySpend, event: DomainEvent): DaySpend {
  const version = event.version;
  switch (event.type) {
    case 'SpendReserved': {
      const { call, agent, worstMicros } = event.data;
      return { ...add(day, agent, worstMicros), version, open: { ...day.open, [call]: { agent, micros: worstMicros } } };
    }
    case 'SpendSettled': {
      const { [event.data.call]: reserved, ...open } = day.open;
      // Settled before: the first word stands.
      if (!reserved) return { ...day, version };
      return { ...add(day, reserved.agent, event.data.costMicros - reserved.micros), version, open };
    }
    case 'LimitReached':
      return { ...day, version, reached: [...day.reached, event.data.limit] };
    default:
      return { ...day, version };
  }
}

const add = (day: DaySpend, agent: string, micros: number): DaySpend => ({
  ...day,
  micros: day.micros + micros,
  byAgent: { ...day.byAgent, [agent]: (day.byAgent[agent] ?? 0) + micros },
});

export interface SpendState {
  readonly today: DaySpend;
  /** The month's days before today. */
  readonly earlierMicros: number;
}

/** A limit that leaves no room. `news`: it is not on record today yet. */
export interface Refusal {
  readonly limit: string;
  readonly detail: string;
  readonly until: string;
  readonly news: boolean;
}

/** When today and this month end (ISO): until then a limit that was reached stays so. */
export interface Ends {
  readonly day: string;
  readonly month: string;
}

/** Whether a call's worst case still fits into every limit (I10). null: it does. The widest limit is named first. */
export function decideReserve(state: SpendState, request: DataOf<'SpendReserved'>, limits: BudgetLimits, ends: Ends): Refusal | null {
  const { today } = state;
  const { agent, worstMicros } = request;
  const ofAgent = Object.hasOwn(limits.agentDayMicros, agent) ? limits.agentDayMicros[agent] : undefined;
  const checks = [
    {
      limit: 'model-budget-month',
      spent: state.earlierMicros + today.micros,
      most: limits.monthMicros,
      what: 'of this month',
      until: ends.month,
      file: 'policies',
    },
    { limit: 'model-budget-day', spent: today.micros, most: limits.dayMicros, what: 'of today', until: ends.day, file: 'policies' },
    {
      limit: `model-budget-day:${agent}`,
      spent: today.byAgent[agent] ?? 0,
      most: ofAgent ?? Number.POSITIVE_INFINITY,
      what: `of ${agent} today`,
      until: ends.day,
      file: 'agents',
    },
  ];
  const full = checks.find(({ spent, most }) => spent + worstMicros > most);
  if (!full) return null;
  const detail = `The model budget ${full.what} is ${dollars(full.most)}; ${dollars(full.spent)} are spent or reserved, and the next call could cost ${dollars(worstMicros)}. Work goes on without a model until ${full.until}. Raise the budget in config/${full.file}.yaml if that is too soon.`;
  return { limit: full.limit, detail, until: full.until, news: !today.reached.includes(full.limit) };
}

const dollars = (micros: number): string => `$${(micros / 1_000_000).toFixed(micros < 10_000 ? 4 : 2)}`;

/** A calendar of one time zone (IANA name). Days are `YYYY-MM-DD`, times ms since 1970. */
export interface Calendar {
  dayOf(at: number): string;
  /** Days of the same month before the given day, in order. */
  earlierDays(day: string): readonly string[];
  endsAfter(at: number): Ends;
}

export function calendarOf(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const dayOf = (at: number) => format.format(at);
  return {
    dayOf,
    earlierDays: (day) => Array.from({ length: Number(day.slice(8)) - 1 }, (_, index) => `${day.slice(0, 8)}${String(index + 1).padStart(2, '0')}`),
    endsAfter: (at) => ({
      day: instant(firstChange(at, 27 * HOUR, dayOf)),
      month: instant(firstChange(at, 32 * 24 * HOUR, (time) => dayOf(time).slice(0, 7))),
    }),
  };
}

const HOUR = 3_600_000;

/** When `key` is first another than at `from`, which it is by `from + within`: found by halving, so that clock changes need no care. */
function firstChange(from: number, within: number, key: (at: number) => string): number {
  const before = key(from);
  let same = from;
  let other = from + within;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (key(middle) === before) same = middle;
    else other = middle;
  }
  return other;
}
