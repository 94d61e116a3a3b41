import { type Instant, instant } from '../../ports.ts';
import type { PolicyFacts, SentWithin } from './facts.ts';
import { quietUntil } from './quiet-hours.ts';
import type { Policy } from './schema.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Data of a `LimitReached` event. */
export interface ReachedLimit {
  readonly limit: string;
  readonly detail: string;
  readonly until: Instant;
}

export interface Deferral {
  /** ms since 1970; evaluate again then. */
  readonly until: number;
  readonly reason: string;
  /** null: only quiet hours. */
  readonly limit: ReachedLimit | null;
}

/** Until when something that leaves the system must wait for limits and quiet hours, or null. */
export function deferral(facts: PolicyFacts, policy: Policy): Deferral | null {
  if (!facts.leaves) return null;
  const { perHour, perDay, perRecipientPerDay } = policy.limits;
  const reached = [
    ...over('outbound per hour', perHour, facts.sentLastHour, HOUR, facts.now),
    ...over('outbound per day', perDay, facts.sentLastDay, DAY, facts.now),
    ...over('outbound per recipient and day', perRecipientPerDay, facts.sentToRecipientLastDay, DAY, facts.now),
  ].sort((a, b) => b.until - a.until);
  const quiet = policy.quietHours && quietUntil(policy.quietHours, facts.timeZone, facts.now);

  const until = Math.max(quiet ?? 0, reached[0]?.until ?? 0);
  if (until === 0) return null;
  const reasons = [...reached.map(({ detail }) => detail), ...(quiet === null ? [] : [`quiet hours until ${policy.quietHours?.to} (${facts.timeZone})`])];
  const first = reached[0];
  return { until, reason: reasons.join('; '), limit: first ? { limit: first.limit, detail: first.detail, until: instant(first.until) } : null };
}

function over(limit: string, most: number, sent: SentWithin, window: number, now: number): { limit: string; detail: string; until: number }[] {
  if (sent.count < most) return [];
  // The oldest leaves the window one millisecond after it is as old as the window is long.
  const until = Math.max((sent.oldest ?? now) + window, now) + 1;
  return [{ limit, detail: `limit reached: ${most} ${limit}`, until }];
}
