import { instant, newId } from '../ports.ts';
import { type Envelope, type NewEvent, newEvent } from '../store/events/index.ts';
import type { Draft } from './draft.ts';
import type { InternalAction } from './effects/action.ts';
import type { Executor } from './executor.ts';
import { historyOf, judge, judgement, whyDenied } from './judge.ts';
import { about, type Kernel } from './kernel.ts';
import type { ItemRecord, TaskState } from './task.ts';

/**
 * Takes one step with an approved item: asks policy once more, then does it, defers it, or lets it
 * be. What leaves goes once its footprint is in the log.
 */
export async function executeItem(kernel: Kernel, executor: Executor, draft: Draft, task: TaskState, record: ItemRecord): Promise<void> {
  const { item } = record;
  const action = kernel.actions.get(item.action);
  const approvedBy = record.approval === null ? [] : await approvers(draft, record.approval);
  const history = await historyOf(kernel, draft, record);
  // Nothing is waited for from here to `begin`: of two effects that start together one sees the other.
  const verdict = judge(kernel, task, record, history, executor.outbound.facts(item), approvedBy);
  const by = about(task, 'system:executor', 'executor');
  const key = { item: item.id, revision: item.revision };
  const stream = `task:${task.id}`;
  if (verdict.outcome === 'deny') return draft.add([newEvent(stream, 'ItemRefused', { ...key, reason: whyDenied(verdict) }, by)]);
  if (verdict.outcome !== 'allow' && record.approval !== null)
    return draft.add([newEvent(stream, 'ItemReturned', { ...key, why: 'The rules have changed since it was approved.' }, by)]);
  if (verdict.outcome !== 'allow') return draft.add([newEvent(stream, 'ItemJudged', judgement(item, verdict), by)]);
  if (verdict.deferUntil !== null) {
    const reason = (verdict.deferReason ?? '').slice(0, 500);
    const notice = verdict.limit === null ? [] : [newEvent('control', 'LimitReached', verdict.limit, { ...by, subject: null })];
    return draft.add([newEvent(stream, 'ItemDeferred', { ...key, until: instant(verdict.deferUntil), reason }, by), ...notice]);
  }
  if (action.kind === 'external') return executor.begin(draft, task, record, action);
  return changeWithin(kernel, draft, task, record, action, by);
}

async function approvers(draft: Draft, approval: string): Promise<string[]> {
  const state = await draft.approval(approval);
  if (state === null || state.decision === null) return [];
  return [state.decision.by, ...state.votes.flatMap(({ by, verdict }) => (verdict === 'approve' ? [by] : []))];
}

/** What changes only the log: doing it and recording it are one commit. */
async function changeWithin(kernel: Kernel, draft: Draft, task: TaskState, record: ItemRecord, action: InternalAction, by: Envelope): Promise<void> {
  const { item } = record;
  const key = { item: item.id, revision: item.revision };
  const stream = `task:${task.id}`;
  const refused = (reason: string) => newEvent(stream, 'ItemRefused', { ...key, reason: reason.slice(0, 500) }, by);
  const planned = await action.plan(item.request, {
    item,
    task: task.id,
    agent: task.request.agent,
    depth: task.request.depth,
    now: kernel.clock.now(),
    newId: () => newId(kernel.random),
    load: async (ref) => {
      const entity = await draft.entity(ref);
      return entity === null ? null : { version: entity.version, person: entity.person, data: entity.fields, removed: entity.removed };
    },
    envelope: { ...by, actor: `agent:${task.request.agent}@${task.agentVersion ?? '?'}` },
  });
  if ('impossible' in planned) return draft.add([refused(planned.impossible)]);
  if ('events' in planned) {
    const reached = await loopLimit(kernel, planned.events);
    if (reached === null) return draft.add([newEvent(stream, 'ItemDone', key, by), ...planned.events], planned.expect);
    const notice = newEvent('control', 'LimitReached', { ...reached, until: null }, { ...by, subject: null });
    return draft.add([refused(reached.detail), notice]);
  }
  // I5: what it builds on has changed; a new revision is judged, and a person asked again where policy says so.
  const revision = { item: item.id, revision: item.revision + 1, before: item.request, after: planned.revised, why: planned.conflict.slice(0, 500) };
  draft.add([newEvent(stream, 'ItemRevised', revision, by)]);
}

/** Agents that ask for one another for ever, or too often (I10). */
async function loopLimit(kernel: Kernel, events: readonly NewEvent[]): Promise<{ limit: string; detail: string } | null> {
  const requested = events.flatMap((event) => (event.type === 'TaskRequested' ? [event.data] : []));
  if (requested.length === 0) return null;
  const { followUpDepth, tasksPerHour } = kernel.settings().agents.limits;
  if (requested.some(({ depth }) => depth > followUpDepth))
    return { limit: 'followUpDepth', detail: `More than ${followUpDepth} tasks have asked for one another in a row.` };
  const since = instant(kernel.clock.now() - 3_600_000);
  const made = await kernel.documents.count('task', { agentMade: true, createdAt: { gt: since } });
  return made + requested.length > tasksPerHour
    ? { limit: 'tasksPerHour', detail: `Agents have asked for ${made} tasks within an hour; ${tasksPerHour} are allowed.` }
    : null;
}
