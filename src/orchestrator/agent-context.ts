import type { Agent, AgentContext, Known, Sent } from '../agents/agent.ts';
import { createAsk } from '../agents/models/ask.ts';
import type { Ask, ModelPort } from '../agents/models/model.ts';
import { instant } from '../ports.ts';
import { ENTITIES, type EntityName, type EntityOf } from '../store/entities.ts';
import type { Document } from '../store/documents.ts';
import type { EntityState } from '../store/projections/entity.ts';
import type { Kernel } from './kernel.ts';
import type { TaskState } from './task.ts';

export interface ContextOptions {
  /** null: no model is configured. */
  readonly model: ModelPort | null;
  readonly playbook: (name: string) => Promise<string | null>;
}

/** What an agent sees in one run. `used` tells which models answered, for the proposal. */
export function agentContext(kernel: Kernel, options: ContextOptions, task: TaskState, agent: Agent, signal: AbortSignal): { context: AgentContext; used: () => string } {
  const models = new Set<string>();
  const paid = createAsk({ model: task.simpler ? null : options.model, kernel, task, agent, signal });
  const ask: Ask = async (question) => {
    const answered = await paid(question);
    if (answered !== null) models.add(answered.model);
    return answered;
  };
  const { documents } = kernel;
  const context: AgentContext = {
    now: instant(kernel.clock.now()),
    company: kernel.settings().company,
    playbook: options.playbook,
    get: async (entity, id) => known(entity, await documents.get(entity, id)),
    findBy: async (entity, field, value) => {
      const found = await documents.find(entity, { where: { [`fields.${field}`]: value, removed: false }, orderBy: [['createdAt', 'asc']], limit: 100 });
      return found.flatMap((document) => known(entity, document) ?? []);
    },
    sent: async (ref) => (await documents.find('outbound', { where: { ref }, orderBy: [['at', 'asc']], limit: 100 })).map(({ data }) => sent(data)),
    rejections: task.rejections.map(({ reason }) => reason),
    ask,
    random: kernel.random,
    signal,
  };
  return { context, used: () => (models.size === 0 ? 'heuristic' : [...models].join(', ')) };
}

function known<N extends EntityName>(entity: N, document: Document | null): Known<N> | null {
  if (document === null) return null;
  // Written by the fold of exactly this state.
  const state = document.data as unknown as EntityState;
  if (state.removed) return null;
  const data = ENTITIES[entity].parse(state.fields) as EntityOf<N>;
  return { id: document.id, ref: `${entity}:${document.id}`, version: document.version, person: state.person, data };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const sent = (data: Document['data']): Sent => ({ at: text(data['at']), to: text(data['to']), subject: text(data['subject']), text: text(data['text']), messageId: text(data['messageId']) });
