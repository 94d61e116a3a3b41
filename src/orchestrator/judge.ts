import { type DataOf, type NewEvent, newEvent } from '../store/events/index.ts';
import type { Item } from '../store/events/task.ts';
import type { Draft } from './draft.ts';
import { itemHash } from './effects/footprint.ts';
import { type History, policyFacts, readHistory } from './facts.ts';
import { about, type Kernel } from './kernel.ts';
import { NOT_LEAVING } from './outbound.ts';
import type { SentFacts } from './policy/facts.ts';
import { type Evaluation, evaluatePolicy } from './policy.ts';
import type { ItemRecord, TaskState } from './task.ts';

export interface Verdict extends Evaluation {
  /** Hash of the policy that judged. */
  readonly policy: string;
}

/** What is known of an item's recipients, read once for a commit in the making. */
export const historyOf = (kernel: Kernel, draft: Draft, { item }: ItemRecord): Promise<History> =>
  draft.once(`history of ${item.id}@${item.revision}`, () => readHistory(kernel, item));

/**
 * Judges one item by the policy in force. Asks nobody and waits for nothing, so that what is decided on it stays true.
 * @param sent what counts against limits; left out, when it does not leave yet
 * @param approvedBy people who approved exactly this revision
 */
export function judge(
  kernel: Kernel,
  task: TaskState,
  { item }: ItemRecord,
  history: History,
  sent: SentFacts = NOT_LEAVING,
  approvedBy: readonly string[] = [],
): Verdict {
  const { policies, policyHash } = kernel.settings();
  const facts = policyFacts(kernel, task, history, sent);
  const subject = { agent: task.request.agent, item, confidence: task.confidence, facts, approvedBy };
  return { ...evaluatePolicy(subject, policies, kernel.control().rules), policy: policyHash };
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

/** Why it may not happen, for a person. */
export const whyDenied = ({ rules }: Pick<Verdict, 'rules'>): string =>
  rules
    .filter(({ outcome }) => outcome === 'deny')
    .map(({ reason }) => reason)
    .join(' ')
    .slice(0, 500);

/** Judges every item just proposed: allowed ones are approved, denied ones refused, the rest wait for a person. */
export async function judgeAll(kernel: Kernel, draft: Draft, task: TaskState): Promise<void> {
  const by = about(task, 'system:policy', 'director');
  const stream = `task:${task.id}`;
  const proposed = task.items.filter(({ status }) => status === 'proposed');
  const histories = await Promise.all(proposed.map((record) => historyOf(kernel, draft, record)));
  const events = proposed.flatMap((record, index): NewEvent[] => {
    const { item } = record;
    const history = histories[index];
    if (history === undefined) return [];
    const verdict = judge(kernel, task, record, history);
    const key = { item: item.id, revision: item.revision };
    const judged = newEvent(stream, 'ItemJudged', judgement(item, verdict), by);
    if (verdict.outcome === 'allow') return [judged, newEvent(stream, 'ItemApproved', { ...key, hash: itemHash(item), approval: null, heldUntil: null }, by)];
    if (verdict.outcome === 'deny') return [judged, newEvent(stream, 'ItemRefused', { ...key, reason: whyDenied(verdict) }, by)];
    return [judged];
  });
  draft.add(events);
}
