import { z } from 'zod';
import { id, instant, json, jsonObject, personal, ref, short } from './common.ts';

/**
 * One thing that may happen. Its hash covers id, revision, action, target and request: what
 * was on the card is what runs (I5).
 */
export const itemSchema = z.strictObject({
  /** `TASK.N` */
  id,
  revision: z.int().positive(),
  /** A registered action: `document.change`, `mail.send`, `task.schedule` … */
  action: id,
  /** The document it is about or changes, or null. */
  target: ref.nullable(),
  /** Checked by the action's own schema. */
  request: personal(jsonObject),
  /** One line for a person. */
  summary: personal(short),
  /** What policy may look at, beside what it works out itself: numbers, flags, short names. */
  features: z.record(z.string(), z.union([z.string().max(200), z.number(), z.boolean(), z.null()])),
  /** Items of the same task that must be done before this one may start. */
  after: z.array(id).max(20),
});
export type Item = z.infer<typeof itemSchema>;

export const outcomeSchema = z.enum(['allow', 'batch', 'ask', 'deny']);
export type Outcome = z.infer<typeof outcomeSchema>;

/** What kind of failure, each with its own row in the recovery table. */
export const failureClass = z.enum([
  'timeout',
  'api-error',
  'rate-limit',
  'spending-cap',
  'overloaded',
  'unusable-output',
  'refused-by-model',
  'cut-off',
  'bad-input',
  'bounced',
  'crash',
  'bug',
]);
export type FailureClass = z.infer<typeof failureClass>;

/** The task is dropped unless the document's field still has this value when it comes due. */
const guard = z.strictObject({ ref, field: id, equals: personal(json) });
export type Guard = z.infer<typeof guard>;

export const taskRequest = z.strictObject({
  agent: id,
  /** The document it is about. */
  about: ref.nullable(),
  /** Checked by the agent's input schema. */
  input: personal(jsonObject),
  /** Why it exists, for a person. */
  reason: personal(short),
  /** Higher goes first; 0 is ordinary, 10 is at once. */
  priority: z.int().min(0).max(10),
  /** What it is worth in minor units, for ordering; null = unknown. */
  value: z.int().nonnegative().nullable(),
  notBefore: instant.nullable(),
  deadline: instant.nullable(),
  guards: z.array(guard).max(20),
  parent: id.nullable(),
  /** How many ancestors asked for one another: limits loops (I10). */
  depth: z.int().nonnegative(),
});
export type TaskRequest = z.infer<typeof taskRequest>;

const itemKey = { item: id, revision: z.int().positive() };
const judged = z.strictObject({ rule: id, outcome: outcomeSchema, reason: short });

/**
 * Stream `task:ID`. The task's state and each item's are folded from these. Texts that an agent, a target or a person
 * may have put anything into are personal; those that are always the product's own words are not.
 */
export const taskEvents = {
  TaskRequested: taskRequest,
  /** Written before the run, so that an attempt which kills its process still counts. */
  TaskStarted: z.strictObject({ attempt: z.int().positive(), agentVersion: short, worker: short, until: instant }),
  /** One model call, settled. A rerun with the same prompt hash takes `answer` from here. */
  ModelAnswered: z.strictObject({
    call: id,
    promptHash: z.string(),
    model: short,
    tier: z.enum(['small', 'large']),
    purpose: short,
    tokensIn: z.int().nonnegative(),
    tokensOut: z.int().nonnegative(),
    /** Millionths of a US dollar. */
    costMicros: z.int().nonnegative(),
    latencyMs: z.int().nonnegative(),
    /** Only an answer that came to its `end` is used again. */
    stop: z.enum(['end', 'length', 'refusal']),
    /** Hash of the blob holding prompt and answer, or null when the answer is inline. */
    blob: z.string().nullable(),
    answer: personal(json),
  }),
  TaskProposed: z.strictObject({
    attempt: z.int().positive(),
    agentVersion: short,
    /** 0 to 1. */
    confidence: z.number().min(0).max(1),
    /** What was found, one line. */
    headline: personal(short),
    reasoning: personal(z.string().max(8000)),
    reasons: z.array(z.strictObject({ name: short, points: z.number(), detail: personal(short) })).max(30),
    items: z.array(itemSchema).max(50),
    /** True: nothing for a person; it is only counted in a summary. */
    quiet: z.boolean(),
    /** `heuristic` or the models used. */
    by: short,
  }),
  TaskFailed: z.strictObject({
    attempt: z.int().nonnegative(),
    class: failureClass,
    message: personal(short),
    next: z.enum(['retry', 'simpler', 'human', 'quarantine']),
    retryAt: instant.nullable(),
  }),
  /** Its process was stopped in an orderly way: it runs again, and nothing has failed. */
  TaskHandedBack: z.strictObject({ attempt: z.int().nonnegative(), reason: short }),
  TaskCancelled: z.strictObject({ reason: personal(short) }),
  /** A person: start again with fresh attempts. */
  TaskRetried: z.strictObject({ reason: personal(short) }),
  /** A person: give up for good. */
  TaskDiscarded: z.strictObject({ reason: personal(short) }),

  ItemJudged: z.strictObject({
    ...itemKey,
    outcome: outcomeSchema,
    rules: z.array(judged).max(50),
    policy: z.string(),
    approvers: z.array(short).max(50),
    quorum: z.int().positive(),
    highRisk: z.boolean(),
    kind: short,
  }),
  /** A person is asked: in the same commit as the question. */
  ItemAsked: z.strictObject({ ...itemKey, approval: id }),
  /** Back from a question without an answer, or a decision taken back: to be asked again. */
  ItemReturned: z.strictObject({ ...itemKey, why: short }),
  /** By a person (`approval` set) or by policy (`approval` null). Held until `heldUntil`. */
  ItemApproved: z.strictObject({ ...itemKey, hash: z.string(), approval: id.nullable(), heldUntil: instant.nullable() }),
  /** `again`: the agent hears the reason and may propose again. */
  ItemRejected: z.strictObject({ ...itemKey, approval: id.nullable(), reason: personal(short), again: z.boolean() }),
  /** An edit, kept as before and after. The new revision has a new hash. */
  ItemRevised: z.strictObject({ ...itemKey, before: personal(jsonObject), after: personal(jsonObject), why: personal(short) }),
  /** A limit or quiet hours: not before `until`. */
  ItemDeferred: z.strictObject({ ...itemKey, until: instant, reason: personal(short) }),
  /** The footprint, in the log before the effect (I4). Past `deadline` nothing leaves any more. */
  EffectStarted: z.strictObject({ ...itemKey, attempt: z.int().positive(), footprint: z.string(), connector: short, deadline: instant }),
  EffectSucceeded: z.strictObject({ ...itemKey, attempt: z.int().positive(), footprint: z.string(), receipt: personal(jsonObject) }),
  EffectFailed: z.strictObject({ ...itemKey, attempt: z.int().positive(), class: failureClass, message: personal(short), retryAt: instant.nullable() }),
  /** The same footprint once more, at a target that takes it as an idempotency key. */
  EffectRepeated: z.strictObject({ ...itemKey, attempt: z.int().positive(), footprint: z.string(), deadline: instant }),
  /** It may or may not have happened; a person is asked. */
  EffectUnknown: z.strictObject({ ...itemKey, attempt: z.int().positive(), footprint: z.string(), message: personal(short) }),
  /** A person's answer to an unknown effect. */
  EffectResolved: z.strictObject({ ...itemKey, happened: z.boolean() }),
  /** An item that only changes the log (document, follow-up task) is done in the commit that holds it. */
  ItemDone: z.strictObject({ ...itemKey }),
  /** Policy said no, or what it builds on did not happen. */
  ItemRefused: z.strictObject({ ...itemKey, reason: personal(short) }),
};
