import { z } from 'zod';
import { id, instant, personal, short } from './common.ts';

/** An item exactly as it was on the card. */
export const boundItem = z.strictObject({ task: id, item: id, revision: z.int().positive(), hash: z.string() });
export type BoundItem = z.infer<typeof boundItem>;

/** Stream `approval:ID`: one question to a human about exactly these items. */
export const approvalEvents = {
  ApprovalRequested: z.strictObject({
    items: z.array(boundItem).min(1).max(200),
    batch: z.boolean(),
    /** Person ids from `company.yaml`; `owner` is always one. */
    approvers: z.array(short).min(1).max(50),
    quorum: z.int().positive(),
    expiresAt: instant,
    remindAt: instant.nullable(),
    /** What happens to the items when it expires. */
    silence: z.enum(['reject', 'ask-again']),
    /** For ordering, in minor units; null = unknown. */
    value: z.int().nonnegative().nullable(),
    /** For ordering among equals: 0 to 100. */
    score: z.number().nullable(),
    highRisk: z.boolean(),
    /** The approval this one replaces, or null. */
    replaces: id.nullable(),
  }),
  /** One of several votes, where a quorum is set. */
  ApprovalVoted: z.strictObject({ by: short, verdict: z.enum(['approve', 'reject']) }),
  /** The one decision (I6). Items not named were not decided. */
  ApprovalDecided: z.strictObject({
    by: short,
    decisions: z
      .array(z.strictObject({ item: id, revision: z.int().positive(), verdict: z.enum(['approve', 'reject']) }))
      .min(1)
      .max(200),
    reason: personal(short),
  }),
  ApprovalReminded: z.strictObject({ count: z.int().positive(), nextAt: instant.nullable(), to: z.array(short) }),
  ApprovalSnoozed: z.strictObject({ until: instant, by: short }),
  ApprovalExpired: z.strictObject({ silence: z.enum(['reject', 'ask-again']) }),
  /** Not needed any more: replaced by another, or its items were cancelled. */
  ApprovalClosed: z.strictObject({ why: short }),
  /** A click that changed nothing: a stranger, a late click, other items (I7). */
  AnswerRefused: z.strictObject({ who: short, verb: short, why: short }),
};
