import type { Agent, AgentContext, Known, Sent } from '../agents/agent.ts';
import { createAsk } from '../agents/models/ask.ts';
import type { Ask, ModelPort } from '../agents/models/model.ts';
import { instant, newId } from '../ports.ts';
import type { Document } from '../store/documents.ts';
import { ENTITIES, type EntityName, type EntityOf } from '../store/entities.ts';
import type { EntityState } from '../store/projections/entity.ts';
import { about, type Kernel } from './kernel.ts';
import type { Spend } from './spend.ts';
import type { TaskState } from './task.ts';
import { NOBODY } from './wake.ts';

export interface ContextOptions {
  /** null: no model is configured. */
  readonly model: ModelPort | null;
  readonly spend: Spend;
  readonly playbook: (name: string) => Promise<string | null>;
}

/** What an agent sees in one run. `used` tells which models answered, for the proposal. */
export function agentContext(
  kernel: Kernel,
  options: ContextOptions,
  task: TaskState,
  agent: Agent,
  paused: () => boolean,
  signal: AbortSignal,
): { context: AgentContext; used: () => string } {
  const models = new Set<string>();
  const subject = task.person ?? NOBODY;
  const paid = createAsk({
    model: task.simpler ? null : options.model,
    spend: options.spend,
    journal: kernel.journal,
    blobs: {
      put: (bytes) => kernel.sealedBlobs.put(subject, Buffer.from(bytes).toString('utf8')),
      get: async (hash) => {
        const text = await kernel.sealedBlobs.get(subject, hash);
        return text === null ? null : Buffer.from(text);
      },
    },
    task: task.id,
    agent: agent.name,
    envelope: { ...about(task, `agent:${agent.name}@${agent.version}`, 'worker') },
    paused,
    maxCalls: kernel.settings().agents.of(agent.name).modelCallsPerAttempt,
    newCallId: () => newId(kernel.random),
    signal,
  });
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
  // What was forgotten does not fit its schema any more, and is nobody's to know.
  const parsed = ENTITIES[entity].safeParse(state.fields);
  if (!parsed.success) return null;
  const data = parsed.data as EntityOf<N>;
  return { id: document.id, ref: `${entity}:${document.id}`, version: document.version, person: state.person, data };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const sent = (data: Document['data']): Sent => ({
  at: text(data['at']),
  to: text(data['to']),
  subject: text(data['subject']),
  text: text(data['text']),
  messageId: text(data['messageId']),
});
