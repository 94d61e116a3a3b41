import { CountersignError } from '../store/errors.ts';
import type { Agent } from './agent.ts';
import { leadFollowUp } from './lead-follow-up.ts';
import { leadQualification } from './lead-qualification.ts';

/** The capabilities there are. A new one is one file and one line here. */
export const AGENTS: readonly Agent[] = [leadQualification, leadFollowUp];

export interface Registry {
  get(name: string): Agent | null;
  /** In the order of the list. */
  list(): readonly Agent[];
}

/** @throws CountersignError `DuplicateAgent` */
export function createRegistry(agents: readonly Agent[] = AGENTS): Registry {
  const byName = new Map<string, Agent>();
  for (const agent of agents) {
    if (byName.has(agent.name))
      throw new CountersignError('DuplicateAgent', `Two agents are named ${agent.name}: each needs a name of its own. Rename one of them in its file.`);
    byName.set(agent.name, agent);
  }
  return { get: (name) => byName.get(name) ?? null, list: () => [...byName.values()] };
}
