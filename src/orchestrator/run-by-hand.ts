import type { WantedTask } from '../agents/agent.ts';
import { newId } from '../ports.ts';
import { ENTITIES } from '../store/entities.ts';
import { newEvent } from '../store/events/index.ts';
import type { JsonObject } from '../store/json.ts';
import { type Kernel, loadEntity } from './kernel.ts';
import { NOBODY } from './wake.ts';

export interface ByHand {
  readonly agent: string;
  /** `lead:ID`, or null. */
  readonly about: string | null;
  /** null: what the agent would be given for that document. */
  readonly input: JsonObject | null;
  readonly actor: string;
  readonly source: string;
}

export type Requested = { readonly task: string; readonly commit: number } | { readonly code: 'not-found' | 'invalid'; readonly refused: string };

/** A person asks an agent to work, as an event would. */
export async function requestByHand(kernel: Kernel, { agent: name, about: named, input, actor, source }: ByHand): Promise<Requested> {
  const agent = kernel.agents.get(name);
  if (agent === null)
    return {
      code: 'not-found',
      refused: `There is no agent ${name}. There are: ${kernel.agents
        .list()
        .map((each) => each.name)
        .join(', ')}.`,
    };
  const about = named ?? (input === null ? null : await namedIn(kernel, input));
  const document = about === null ? null : await loadEntity(kernel, about);
  if (about !== null && document === null) return { code: 'not-found', refused: `There is no document ${about}.` };

  const usual = about === null ? null : await usualTask(kernel, name, about);
  const given = agent.input.safeParse(input ?? usual?.input ?? {});
  if (!given.success) {
    const problems = given.error.issues.map(({ path, message }) => `${path.join('.') || 'the input'}: ${message}`).join('; ');
    return {
      code: 'invalid',
      refused: `${name} cannot work with this input. ${problems}. ${about === null ? 'Name the document it is about, or give the whole input' : 'Give the whole input'} as a JSON object.`,
    };
  }
  const task = newId(kernel.random);
  const request = {
    agent: name,
    about,
    input: given.data,
    reason: 'Asked for by hand',
    priority: 10,
    value: usual?.value ?? null,
    notBefore: null,
    deadline: null,
    guards: [],
    parent: null,
    depth: 0,
  };
  const envelope = { actor, source, cause: null, correlation: newId(kernel.random), subject: document?.person ?? NOBODY };
  const { commit } = await kernel.journal.append([newEvent(`task:${task}`, 'TaskRequested', request, envelope)], { [`task:${task}`]: 'absent' });
  return { task, commit };
}

/** An input that names a document is about it: only so are its person's key, and forgetting them, also the task's. */
async function namedIn(kernel: Kernel, input: JsonObject): Promise<string | null> {
  for (const entity of Object.keys(ENTITIES)) {
    const ref = `${entity}:${input[entity]}`;
    if (typeof input[entity] === 'string' && (await loadEntity(kernel, ref)) !== null) return ref;
  }
  return null;
}

/** What the agent asked for itself when the document last woke it. */
async function usualTask(kernel: Kernel, name: string, about: string): Promise<WantedTask | null> {
  const agent = kernel.agents.get(name);
  const events = await kernel.journal.readStream(about);
  return events.reduce<WantedTask | null>((latest, event) => agent?.wakes?.(event) ?? latest, null);
}
