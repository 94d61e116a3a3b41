import type { z } from 'zod';
import type { Random } from '../ports.ts';
import type { EntityName, EntityOf } from '../store/entities.ts';
import { CountersignError } from '../store/errors.ts';
import type { DomainEvent } from '../store/events/index.ts';
import type { Guard, TaskRequest } from '../store/events/task.ts';
import type { JsonObject } from '../store/json.ts';
import type { Company } from './company.ts';
import type { Ask } from './models/model.ts';

/** A document as an agent reads it. */
export interface Known<N extends EntityName> {
  readonly id: string;
  readonly ref: string;
  readonly version: number;
  readonly person: string | null;
  readonly data: EntityOf<N>;
}

/** Something that was sent about a document. */
export interface Sent {
  readonly at: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
}

/** All an agent can see of the world. It reads; it never writes. */
export interface AgentContext {
  /** ISO time of this run. */
  readonly now: string;
  readonly company: Company;
  /** Text of `config/playbooks/NAME.md` (the person's own before ours), or null. */
  playbook(name: string): Promise<string | null>;
  get<N extends EntityName>(entity: N, id: string): Promise<Known<N> | null>;
  /** Documents whose `field` equals `value`, oldest first, at most 100. Indexed fields only. */
  findBy<N extends EntityName>(entity: N, field: string, value: string): Promise<readonly Known<N>[]>;
  /** Mails already sent about a document, oldest first. */
  sent(ref: string): Promise<readonly Sent[]>;
  /** Why a person turned down earlier proposals of this task, oldest first. */
  readonly rejections: readonly string[];
  /** Asks a model, or takes the recorded answer of an earlier attempt. */
  readonly ask: Ask;
  readonly random: Random;
  readonly signal: AbortSignal;
}

export interface ProposedItem {
  readonly action: string;
  readonly target: string | null;
  readonly request: JsonObject;
  readonly summary: string;
  readonly features?: Readonly<Record<string, string | number | boolean | null>>;
  /** Indexes, in the proposal's list, of items that must be done before this one. */
  readonly after?: readonly number[];
}

export interface Proposal {
  /** 0 to 1. */
  readonly confidence: number;
  /** What was found, one line. */
  readonly headline: string;
  /** Why, for a person; at most 8,000 characters. */
  readonly reasoning: string;
  readonly reasons: readonly { readonly name: string; readonly points: number; readonly detail: string }[];
  readonly items: readonly ProposedItem[];
  /** Nothing a person must see by itself; it is counted in a summary. */
  readonly quiet?: boolean;
}

/** What an agent wants to be asked to do. */
export type WantedTask = Partial<Omit<TaskRequest, 'agent' | 'input' | 'reason'>> & {
  readonly input: JsonObject;
  readonly reason: string;
  readonly guards?: Guard[];
};

/** A playbook that cannot be worked by. */
export class PlaybookError extends CountersignError {
  /** From 1. */
  readonly line: number;
  /** What was expected, what came. */
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super('InvalidPlaybook', `${file}, line ${line}: ${problem}.`);
    this.line = line;
    this.problem = problem;
  }
}

/** A text that an agent works by, `playbooks/NAME.md`, checked whenever settings are read. */
export interface Playbook {
  readonly name: string;
  /** Of the YAML between two lines of dashes at its top, where it has one. */
  readonly frontMatter?: z.ZodType;
  /** @throws PlaybookError */
  check(text: string): unknown;
}

/**
 * A capability: what wakes it, what it takes, what it proposes. `name` is `kebab-case` and
 * unique; `version` changes whenever its proposals may.
 */
export interface Agent<I extends JsonObject = JsonObject> {
  readonly name: string;
  readonly version: string;
  /** One sentence for a founder. */
  readonly does: string;
  readonly input: z.ZodType<I>;
  /** What it cannot work without. */
  readonly playbooks?: readonly Playbook[];
  /** Looks at each event; returns the task it wants, or null. Pure. */
  readonly wakes?: (event: DomainEvent) => WantedTask | null;
  run(input: I, context: AgentContext): Promise<Proposal>;
}

/** Types an agent; adds nothing. */
export const defineAgent = <I extends JsonObject>(agent: Agent<I>): Agent<I> => agent;
