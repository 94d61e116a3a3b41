import { itemHash } from '../../orchestrator/effects/footprint.ts';
import type { Kernel } from '../../orchestrator/kernel.ts';
import { findItem, type ItemRecord, type TaskState } from '../../orchestrator/task.ts';
import type { EntityState } from '../../store/projections/entity.ts';
import type { ApprovalView, TaskView } from '../../store/projections/views.ts';
import type { Card, CardItem, CardState, Part } from '../card.ts';
import { clip, showEntity } from './about.ts';

/** Loads what a card is made of and makes it; null when there is no such question. */
export async function loadCard(kernel: Kernel, id: string): Promise<Card | null> {
  const document = await kernel.documents.get('approval', id);
  // Written by the fold of exactly this view.
  return document === null ? null : cardOf(kernel, document.data as unknown as ApprovalView);
}

export async function cardOf(kernel: Kernel, approval: ApprovalView): Promise<Card> {
  const ids = [...new Set(approval.items.map((bound) => bound.task))];
  const tasks = (await kernel.documents.getMany('task', ids)).map(({ data }) => data as unknown as TaskView);
  const [first] = tasks;
  const ref = first?.request.about ?? null;
  const entity = ref === null || approval.batch ? null : await kernel.documents.get(ref.slice(0, ref.indexOf(':')), ref.slice(ref.indexOf(':') + 1));
  const shown = entity === null || ref === null ? [] : showEntity(ref, entity.data as unknown as EntityState);
  return buildCard(kernel, approval, tasks, shown, kernel.clock.now());
}

/** Pure: the card as every surface shows it. */
function buildCard(kernel: Pick<Kernel, 'actions'>, approval: ApprovalView, tasks: readonly TaskView[], shown: readonly Part[], now: number): Card {
  const pairs = approval.items.flatMap((bound) => {
    const task = tasks.find(({ id }) => id === bound.task);
    const record = task === undefined ? undefined : findItem(task, bound.item);
    return task === undefined || record === undefined ? [] : [{ task, record }];
  });
  const [first] = tasks;
  const held = pairs.flatMap(({ record }) =>
    record.approval === approval.id &&
    record.status === 'approved' &&
    record.note === 'held' &&
    record.notBefore !== null &&
    new Date(record.notBefore).getTime() > now
      ? [record.notBefore]
      : [],
  );
  const about: Part[] =
    approval.batch || first === undefined
      ? []
      : [
          ...shown,
          ...(first.reasoning ? [{ kind: 'text' as const, text: clip(first.reasoning, 2_000) }] : []),
          ...(first.reasons.length > 0 ? [{ kind: 'reasons' as const, reasons: first.reasons }] : []),
        ];
  return {
    approval: approval.id,
    state: cardState(approval, held.length > 0, now),
    title: approval.batch ? `${pairs.length} small decisions` : (first?.headline ?? first?.request.reason ?? 'A decision'),
    batch: approval.batch,
    agent: [...new Set(tasks.map((task) => task.request.agent))].join(', '),
    context: about,
    items: pairs.map(({ task, record }) => cardItem(kernel, approval, task, record)),
    confidence: approval.batch ? null : (first?.confidence ?? null),
    rules: [...new Set(pairs.flatMap(({ record }) => record.rules.filter((rule) => rule.outcome === record.outcome).map((rule) => rule.reason)))],
    highRisk: approval.highRisk,
    expiresAt: approval.expiresAt,
    snoozedUntil: approval.snoozedUntil,
    heldUntil: held.sort()[0] ?? null,
    decision:
      approval.decision === null
        ? null
        : {
            by: approval.decision.by,
            at: approval.decision.at,
            verdict: verdictOf(Object.values(approval.decision.verdicts)),
            reason: approval.decision.reason,
          },
    outcome:
      approval.status === 'closed' && approval.note !== null
        ? [`Closed: ${approval.note}.`]
        : pairs.flatMap(({ record }) => (approval.status === 'waiting' ? [] : outcomeOf(record))),
  };
}

const verdictOf = (verdicts: readonly string[]): string =>
  verdicts.every((verdict) => verdict === 'approve') ? 'approved' : verdicts.every((verdict) => verdict === 'reject') ? 'rejected' : 'decided';

function cardState(approval: ApprovalView, held: boolean, now: number): CardState {
  if (approval.status === 'waiting') return approval.snoozedUntil !== null && new Date(approval.snoozedUntil).getTime() > now ? 'snoozed' : 'waiting';
  if (approval.status === 'decided') return held ? 'held' : 'decided';
  return approval.status;
}

function cardItem(kernel: Pick<Kernel, 'actions'>, approval: ApprovalView, task: TaskState, record: ItemRecord): CardItem {
  const { item } = record;
  const action = kernel.actions.get(item.action);
  const parsed = action.schema.safeParse(item.request);
  const mine = record.approval === approval.id;
  return {
    task: task.id,
    item: item.id,
    revision: item.revision,
    hash: itemHash(item),
    title: item.summary,
    body: parsed.success ? action.show(parsed.data) : [{ kind: 'text', text: 'The content was forgotten on request.' }],
    irreversible: action.irreversible,
    editable: mine && record.status === 'waiting' && parsed.success,
    state: mine ? stateWords(record) : 'asked again on a new card',
  };
}

const stateWords = (record: ItemRecord): string => {
  switch (record.status) {
    case 'proposed':
    case 'asking':
    case 'batching':
    case 'waiting':
      return 'waiting';
    case 'approved':
      return record.note === 'held'
        ? 'approved, held so that you can take it back'
        : record.notBefore === null
          ? 'approved'
          : `approved, waits until ${record.notBefore}: ${record.note ?? ''}`;
    case 'executing':
      return 'under way';
    case 'unknown':
      return 'it is not known whether it happened';
    case 'failed':
      return `failed: ${record.note ?? ''}`;
    case 'done':
      return 'done';
    case 'rejected':
      return record.note ? `rejected: ${record.note}` : 'rejected';
    case 'refused':
      return `not done: ${record.note ?? ''}`;
    default:
      return record.status satisfies never;
  }
};

function outcomeOf(record: ItemRecord): string[] {
  if (record.status === 'done') return [`Done: ${clip(record.item.summary, 120)}`];
  if (record.status === 'failed' || record.status === 'unknown' || record.status === 'refused')
    return [`${clip(record.item.summary, 120)}: ${stateWords(record)}`];
  return record.status === 'approved' && record.notBefore !== null && record.note !== 'held'
    ? [`${clip(record.item.summary, 120)}: ${stateWords(record)}`]
    : [];
}
