import { z } from 'zod';
import { cronProblem } from './slots.ts';
import { duration, timeOfDay, timeZone } from './values.ts';

const personId = z.string().regex(/^[a-z0-9-]+$/, 'the id of a person in company.yaml, or owner');
const oneOrMore = <T extends z.ZodType>(schema: T) => z.union([schema, z.array(schema).min(1).max(50)]).transform((given) => [given].flat());
/** An exact name, or the beginning of one with a star: `document.*`. */
const namePattern = z.string().regex(/^([a-z][a-z0-9.-]*\*?|\*)$/, 'a name such as mail.send, or its beginning with a star such as document.*');
/** An exact address, or the end of one after a star: `*@example.com`. */
const addressPattern = z.string().regex(/^\*?[^\s*]+$/, 'an address such as jo@example.com, or its end after a star such as *@example.com');
const share = z.number().min(0).max(1);
const score = z.number().min(0).max(100);

/** Every condition given must hold. What each means is in `match.ts`. */
export const whenSchema = z.strictObject({
  agent: oneOrMore(namePattern).optional(),
  /** Every agent but these. */
  agentNot: oneOrMore(namePattern).optional(),
  action: oneOrMore(namePattern).optional(),
  entity: oneOrMore(z.string().max(50)).optional(),
  /** Fields of a document that the item changes. */
  field: oneOrMore(z.string().max(120)).optional(),
  confidenceBelow: share.optional(),
  confidenceAbove: share.optional(),
  scoreBelow: score.optional(),
  scoreAbove: score.optional(),
  /** Whole units of the company's currency. */
  valueAbove: z.number().nonnegative().optional(),
  /** Whole units; the company's currency unless named. */
  mentionsMoneyAbove: z
    .strictObject({
      amount: z.number().nonnegative(),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'three capital letters such as EUR')
        .optional(),
    })
    .optional(),
  mentionsContract: z.literal(true).optional(),
  firstContact: z.boolean().optional(),
  sameContentWithinDays: z.int().min(1).max(3650).optional(),
  suppressed: z.literal(true).optional(),
  recipient: oneOrMore(addressPattern).optional(),
  feature: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});
export type When = z.infer<typeof whenSchema>;

/** Conditions on text from outside: they may only restrict (I8). */
const TEXT_CONDITIONS = ['mentionsMoneyAbove', 'mentionsContract', 'recipient'] as const;
/** What "always allow this kind" must never switch off. */
const NEVER_WAIVED = [...TEXT_CONDITIONS, 'sameContentWithinDays', 'suppressed'] as const;

export const ruleSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,60}$/, 'a short name such as first-contact'),
    when: whenSchema,
    then: z.enum(['allow', 'batch', 'ask', 'deny']),
    /** Shown on the card. */
    reason: z.string().min(1).max(300),
    /** Narrows who may approve; `owner` always may. */
    approvers: z.array(personId).min(1).max(50).optional(),
    /** How many of them must approve. */
    quorum: z.int().min(1).max(10).optional(),
    /** The card asks twice before it approves. */
    highRisk: z.boolean().default(false),
    /** "Always allow this kind" on a card switches this rule off for that kind. */
    waivable: z.boolean().default(false),
  })
  .superRefine((rule, { addIssue }) => {
    const wrong = (path: string[], message: string) => addIssue({ code: 'custom', path, message });
    const asks = rule.then === 'ask' || rule.then === 'batch';
    if (rule.then === 'allow' || rule.then === 'batch')
      for (const name of TEXT_CONDITIONS)
        if (rule.when[name] !== undefined) wrong(['when', name], `a condition on text from outside may only ask or deny, but this rule says ${rule.then}`);
    if (rule.highRisk && rule.then !== 'ask') wrong(['highRisk'], 'highRisk belongs to a rule that asks');
    for (const name of ['approvers', 'quorum'] as const) if (rule[name] !== undefined && !asks) wrong([name], `${name} belongs to a rule that asks`);
    if (rule.waivable && (!asks || rule.highRisk)) wrong(['waivable'], 'only a rule that asks, without highRisk, can be waived');
    if (rule.waivable) for (const name of NEVER_WAIVED) if (rule.when[name] !== undefined) wrong(['waivable'], `a rule with ${name} can never be waived`);
  });
export type Rule = z.infer<typeof ruleSchema>;

const cron = z.string().superRefine((text, { addIssue }) => {
  const problem = cronProblem(text);
  if (problem !== null) addIssue({ code: 'custom', message: problem });
});
const holdSeconds = z.int().min(0).max(3600);
const limit = z.int().min(1).max(1_000_000);

/** `config/policies.yaml`. Whatever is left out has the value given here, so an older file of the person's own goes on working. */
export const policySchema = z
  .strictObject({
    /** Who may approve, beside `owner`. */
    approvers: z.array(personId).min(1).max(50).default(['owner']),
    /** False: whoever asked for an item, or edited it last, may not approve it. */
    selfApproval: z.boolean().default(true),
    rules: z.array(ruleSchema).max(40),
    /** Of everything that leaves the system. Windows slide: the last 60 minutes, the last 24 hours. */
    limits: z.strictObject({ perHour: limit.default(200), perDay: limit.default(500), perRecipientPerDay: limit.default(3) }).prefault({}),
    /** In the company's time zone; past midnight when `from` is later than `to`. */
    quietHours: z
      .strictObject({ from: timeOfDay, to: timeOfDay })
      .refine(({ from, to }) => from !== to, 'two different times')
      .nullable()
      .default(null),
    /** When the small decisions that have gathered come on one card; in the company's time zone unless named. */
    batch: z.strictObject({ schedule: cron.default('0 17 * * *'), timeZone: timeZone.nullable().default(null) }).prefault({}),
    approval: z
      .strictObject({
        /** Milliseconds, written as `7 days`. */
        expiresAfter: duration.prefault('7 days'),
        remindAfter: duration.nullable().prefault('1 day'),
        /** Who else is told, and when. */
        escalate: z
          .strictObject({ after: duration, to: z.array(personId).min(1).max(50) })
          .nullable()
          .default(null),
        /** What happens to the items when it expires. */
        silence: z.enum(['reject', 'ask-again']).default('reject'),
      })
      .prefault({}),
    /** Of all agents together; one agent's own is in `agents.yaml`. US dollars; days and months are the company's. */
    budget: z.strictObject({ perDayUsd: z.number().min(0).max(100_000).default(2), perMonthUsd: z.number().min(0).max(1_000_000).default(20) }).prefault({}),
    /** How long an approved effect can be taken back, by where it was approved. */
    holdSeconds: z
      .strictObject({ page: holdSeconds.default(10), chat: holdSeconds.default(10), cli: holdSeconds.default(0), api: holdSeconds.default(0) })
      .prefault({}),
  })
  .superRefine(({ rules }, { addIssue }) => {
    const seen = new Set<string>(RESERVED);
    for (const [index, rule] of rules.entries()) {
      if (seen.has(rule.id)) addIssue({ code: 'custom', path: ['rules', index, 'id'], message: `an id of its own; ${rule.id} is taken` });
      seen.add(rule.id);
    }
  });
export type Policy = z.infer<typeof policySchema>;

/** Ids of reasons the evaluation itself gives. */
export const RESERVED = ['no-rule', 'nobody-may-approve', 'approved'] as const;
