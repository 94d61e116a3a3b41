import type { Answerer } from '../../orchestrator/decisions.ts';
import { holdFor } from '../../orchestrator/policy.ts';
import type { Settings } from '../../settings/load-settings.ts';
import type { Person } from '../intents.ts';

/** Surfaces whose user has proved to be the owner: by the login link, or by sitting at the machine. */
const OWNERS: ReadonlySet<string> = new Set(['page', 'cli']);

/** Who a surface's user is in the log, and whom of the company it stands for (I7). */
export function answerer(who: Person, settings: Settings): Answerer {
  const owner = OWNERS.has(who.surface) && who.user === 'owner';
  return {
    actor: `human:${who.surface}:${who.user}`,
    person: owner ? 'owner' : null,
    source: who.surface,
    hold: holdFor(settings.policies, who.surface),
  };
}
