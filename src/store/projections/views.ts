import type { ApprovalState } from '../../orchestrator/approval.ts';
import { nextMoment } from '../../orchestrator/approval.ts';
import { isFinal, type TaskState } from '../../orchestrator/task.ts';

/** What a task is found and ordered by, beside its state. */
export interface TaskView extends TaskState {
  /** It could run once `readyAt` is past. */
  readonly runnable: boolean;
  /** `until`, or an empty text where it waits for no moment: comes before every moment. */
  readonly readyAt: string;
  /** Has items that are to be put to a person, one task one card. */
  readonly asking: boolean;
  /** Has items for the next batch card. */
  readonly batching: boolean;
  /** Failed or unknown: a person must look. */
  readonly attention: boolean;
  /** When a hold, a pause or a date is over; null = it waits for none. */
  readonly dueAt: string | null;
  /** Higher goes first. */
  readonly rank: number;
  /** Day (UTC) under which it is only counted, or null when it has a thread of its own. */
  readonly quietDay: string | null;
  /** When its thread last changed, or null while it has none: nothing for a person yet. */
  readonly feedAt: string | null;
  /** An agent asked for it, not somebody outside. */
  readonly agentMade: boolean;
}

export interface ApprovalView extends ApprovalState {
  readonly dueAt: string | null;
  readonly rank: number;
}

/**
 * Priority first; then value against cost and the score, on a logarithmic scale so that one
 * large lead does not hide everything else.
 */
const rankOf = (priority: number, value: number | null, score: number | null): number =>
  priority * 1000 + Math.round(Math.log10((value ?? 0) / 100 + 1) * 20) + (score ?? 0);

const numberFeature = (task: TaskState, name: string): number | null => {
  for (const { item } of task.items) {
    const feature = item.features[name];
    if (typeof feature === 'number') return feature;
  }
  return null;
};

export const scoreOf = (task: TaskState): number | null => numberFeature(task, 'score');

export function viewTask(state: TaskState): TaskView {
  const open = state.status === 'proposed';
  // Leases and deadlines are no moments to wait for: reconciliation finds those that have passed.
  const moments = open ? state.items.flatMap((record) => (record.status === 'approved' && record.notBefore !== null ? [record.notBefore] : [])) : [];
  if (state.status === 'requested' && state.until !== null) moments.push(state.until);
  const attention =
    state.status === 'failed' ||
    state.status === 'quarantined' ||
    (state.status !== 'cancelled' && state.items.some((record) => record.status === 'unknown' || record.status === 'failed'));
  const behind =
    state.items.some((record) => record.status === 'asking' || record.status === 'proposed' || record.status === 'batching') &&
    state.items.every((record) => record.approval === null);
  return {
    ...state,
    runnable: state.status === 'requested',
    readyAt: state.until ?? '',
    asking: open && state.items.some((record) => record.status === 'asking'),
    batching: open && state.items.some((record) => record.status === 'batching'),
    attention,
    dueAt: moments.sort()[0] ?? null,
    rank: rankOf(state.request.priority, state.request.value, scoreOf(state)),
    quietDay: state.quiet && state.status === 'done' && state.items.every(isFinal) ? state.updatedAt.slice(0, 10) : null,
    agentMade: state.request.depth > 0,
    feedAt: attention || (state.proposals > 0 && !state.quiet && !behind) ? state.updatedAt : null,
  };
}

export const viewApproval = (state: ApprovalState): ApprovalView => ({
  ...state,
  dueAt: nextMoment(state),
  rank: rankOf(state.highRisk ? 1 : 0, state.value, state.score),
});
