import { type DataOf, type NewEvent, newEvent } from '../store/events/index.ts';
import type { Item } from '../store/events/task.ts';
import { itemHash } from './effects/footprint.ts';
import { gatherFacts, type Underway } from './facts.ts';
import { about, type Kernel } from './kernel.ts';
import { type Evaluation, evaluatePolicy } from './policy.ts';
import type { ItemRecord, TaskState } from './task.ts';

export interface Verdict extends Evaluation {
  /** Hash of the policy that judged. */
  readonly policy: string;
}

/**
 * Judges one item by the policy in force and the world as it is now.
 * @param underway effects that have started and count against limits already
 * @param approvedBy people who approved exactly this revision
 */
export async function judge(
  kernel: Kernel,
  task: TaskState,
  record: ItemRecord,
  underway: readonly Underway[] = [],
  approvedBy: readonly string[] = [],
): Promise<Verdict> {
  const { policies, policyHash } = kernel.settings();
  const { rules } = kernel.control();
  const subject = {
    agent: task.request.agent,
    item: record.item,
    confidence: task.confidence,
    facts: await gatherFacts(kernel, task, record.item, underway),
    approvedBy,
  };
  return { ...evaluatePolicy(subject, policies, rules), policy: policyHash };
}

/** The judgement as it stands in the log. */
export const judgement = (item: Item, verdict: Verdict): DataOf<'ItemJudged'> => ({
  item: item.id,
  revision: item.revision,
  outcome: verdict.outcome,
  rules: verdict.rules.slice(0, 50).map(({ rule, outcome, reason }) => ({ rule, outcome, reason: reason.slice(0, 500) })),
  policy: verdict.policy,
  approvers: [...verdict.approvers],
  quorum: verdict.quorum,
  highRisk: verdict.highRisk,
  kind: verdict.kind,
});

/** Judges every item just proposed, in one commit: allowed ones are approved, denied ones refused, the rest wait for a person. */
export async function judgeAll(kernel: Kernel, task: TaskState): Promise<void> {
  const by = about(task, 'system:policy', 'director');
  const stream = `task:${task.id}`;
  const events: NewEvent[] = [];
  for (const record of task.items.filter(({ status }) => status === 'proposed')) {
    const { item } = record;
    const verdict = await judge(kernel, task, record);
    const key = { item: item.id, revision: item.revision };
    events.push(newEvent(stream, 'ItemJudged', judgement(item, verdict), by));
    if (verdict.outcome === 'allow') events.push(newEvent(stream, 'ItemApproved', { ...key, hash: itemHash(item), approval: null, heldUntil: null }, by));
    if (verdict.outcome === 'deny')
      events.push(
        newEvent(
          stream,
          'ItemRefused',
          {
            ...key,
            reason: verdict.rules
              .filter(({ outcome }) => outcome === 'deny')
              .map(({ reason }) => reason)
              .join(' ')
              .slice(0, 500),
          },
          by,
        ),
      );
  }
  await kernel.journal.append(events, { [stream]: task.version });
}
