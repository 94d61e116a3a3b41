import { createHash } from 'node:crypto';
import { type DomainEvent, type Envelope, type NewEvent, newEvent } from '../store/events/index.ts';
import type { TaskRequest } from '../store/events/task.ts';
import type { Kernel } from './kernel.ts';

/** Whose key seals what concerns no person in particular: the company's own. */
export const NOBODY = 'company';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The same event wakes the same agent as the same task, however often it is looked at. */
function taskId(agent: string, event: DomainEvent): string {
  const digest = createHash('sha256').update(`${agent} ${event.stream}@${event.version}`).digest();
  return [...digest.subarray(0, 10)].map((byte) => ALPHABET[byte & 31]).join('');
}

/**
 * The events that request what an event asks for, each of a stream that must not exist yet. The waker
 * requests it anyway; whoever knows the version its event will have can do so in the same commit.
 */
export const requests = (kernel: Pick<Kernel, 'agents' | 'settings'>, event: DomainEvent): NewEvent[] =>
  wantedTasks(kernel, event).map(({ id, request, envelope }) => newEvent(`task:${id}`, 'TaskRequested', request, envelope));

/** The tasks an event asks for: each agent looks at it once. */
function wantedTasks(kernel: Pick<Kernel, 'agents' | 'settings'>, event: DomainEvent): { id: string; request: TaskRequest; envelope: Envelope }[] {
  return kernel.agents.list().flatMap((agent) => {
    const wanted = agent.wakes?.(event) ?? null;
    if (wanted === null || !kernel.settings().agents.of(agent.name).enabled) return [];
    const request: TaskRequest & { depth: number } = {
      about: null,
      priority: 0,
      value: null,
      notBefore: null,
      deadline: null,
      guards: [],
      parent: null,
      depth: 0,
      ...wanted,
      agent: agent.name,
    };
    // What an agent made counts as a step further from what came in (I10).
    if (event.actor.startsWith('agent:')) request.depth = Math.max(1, request.depth);
    const envelope: Envelope = {
      actor: 'system:director',
      source: 'director',
      cause: `${event.stream}@${event.version}`,
      correlation: event.correlation,
      subject: event.subject ?? NOBODY,
    };
    return [{ id: taskId(agent.name, event), request, envelope }];
  });
}
