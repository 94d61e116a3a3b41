import type { Kernel } from '../orchestrator/kernel.ts';
import { instant, newId } from '../ports.ts';
import { newEvent } from '../store/events/index.ts';
import { HOUR, type LimitHit } from './intake-limits.ts';

/** What the log keeps of posts that were turned away: that it happened, bounded, and nothing personal. */
export interface IntakeRecords {
  refused(door: string, why: string): Promise<void>;
  limited(door: string, hit: LimitHit, limit: number, hint: string): Promise<void>;
}

/** `IntakeRefused` per door and hour; the next one after that says how many were left out. */
const REFUSALS_PER_HOUR = 10;

interface Tally {
  since: number;
  recorded: number;
  left: number;
}

export function createIntakeRecords(kernel: Pick<Kernel, 'journal' | 'clock' | 'random'>): IntakeRecords {
  const tallies = new Map<string, Tally>();
  const told = new Map<string, number>();
  const envelope = (door: string) => ({ actor: 'system:intake', source: door, cause: null, correlation: newId(kernel.random), subject: null });

  return {
    async refused(door, why) {
      const now = kernel.clock.now();
      const tally = tallies.get(door) ?? { since: now, recorded: 0, left: 0 };
      tallies.set(door, tally);
      if (now - tally.since >= HOUR) Object.assign(tally, { since: now, recorded: 0 });
      if (tally.recorded >= REFUSALS_PER_HOUR) {
        tally.left += 1;
        return;
      }
      const more = tally.left > 0 ? ` (and ${tally.left} more posts refused before that)` : '';
      tally.recorded += 1;
      tally.left = 0;
      await kernel.journal.append([newEvent(`intake:${newId(kernel.random, 16)}`, 'IntakeRefused', { door, why: `${why}${more}` }, envelope(door))]);
    },

    async limited(door, { limit, until }, allowed, hint) {
      const now = kernel.clock.now();
      if (now - (told.get(door) ?? Number.NEGATIVE_INFINITY) < HOUR) return;
      told.set(door, now);
      const what = limit === 'perAddressPerHour' ? 'from one network address' : `to ${door}`;
      const detail = `More than ${allowed} posts an hour came ${what}; further ones are turned away until there is room. agents.yaml sets it.${hint}`;
      await kernel.journal.append([newEvent('control', 'LimitReached', { limit: `intake.${limit}`, detail, until: instant(until) }, envelope(door))]);
    },
  };
}
