import { instant } from '../ports.ts';
import { type Envelope, type NewEvent, newEvent } from '../store/events/index.ts';
import type { JsonObject } from '../store/json.ts';
import type { Expected } from '../store/log.ts';
import { type ApprovalState, mayAnswer, type Refusal } from './approval.ts';
import { Draft } from './draft.ts';
import { itemHash } from './effects/footprint.ts';
import { readHistory } from './facts.ts';
import { judge, judgement, whyDenied } from './judge.ts';
import { type Kernel, loadApproval, loadTask, retryConflicts } from './kernel.ts';
import type { ItemRecord, TaskState } from './task.ts';

/** Who answers: the name used in the log, and the person id it stands for, or null for a stranger. */
export interface Answerer {
  readonly actor: string;
  readonly person: string | null;
  readonly source: string;
  /** How long an approved effect waits so that the click can be taken back, ms. */
  readonly hold: number;
}

export interface ShownItem {
  readonly item: string;
  readonly revision: number;
  readonly hash: string;
}

export type Decided =
  | { readonly decided: true; readonly approved: number; readonly rejected: number; readonly returned: number; readonly vote?: string }
  | { readonly decided: false; readonly refusal: Refusal | { readonly code: 'not-found' | 'invalid'; readonly why: string } };

interface Loaded {
  readonly approval: ApprovalState;
  readonly tasks: ReadonlyMap<string, TaskState>;
}

/**
 * Decides the items shown (I5, I6): those whose hash still is the one shown. The others, and
 * those left out, go back and are asked on a new card. All of it is one commit.
 */
export async function decide(
  kernel: Kernel,
  who: Answerer,
  id: string,
  verdict: 'approve' | 'reject',
  shown: readonly ShownItem[],
  reason: string,
): Promise<Decided> {
  return retryConflicts(async () => {
    const loaded = await load(kernel, id);
    if (loaded === null) return { decided: false, refusal: { code: 'not-found', why: `There is no question ${id}.` } };
    const refusal = mayAnswer(loaded.approval, who.person, kernel.clock.now());
    if (refusal !== null) return refused(kernel, who, loaded.approval, verdict, refusal);
    const vote = await voteOnly(kernel, who, loaded.approval, verdict);
    if (vote !== null) return vote;

    const waiting = waitingItems(loaded);
    const chosen = waiting.filter(({ record }) =>
      shown.some(({ item, revision, hash }) => item === record.item.id && revision === record.item.revision && hash === itemHash(record.item)),
    );
    if (chosen.length === 0) {
      const why =
        shown.length === 0
          ? 'Nothing was selected. Choose at least one item.'
          : 'What you saw has changed since. Nothing was done; the card now shows what it is.';
      return refused(kernel, who, loaded.approval, verdict, { code: 'changed', why });
    }
    const decisions = chosen.map(({ task, record }) => ({ task, record, events: settle(kernel, who, task, record, id, verdict, reason) }));
    return commit(kernel, who, loaded, decisions, verdict, reason, waiting);
  });
}

/** Saves an edit as a new revision and approves the card with it, in one act. */
export async function edit(kernel: Kernel, who: Answerer, id: string, shown: ShownItem, request: JsonObject): Promise<Decided> {
  return retryConflicts(async () => {
    const loaded = await load(kernel, id);
    if (loaded === null) return { decided: false, refusal: { code: 'not-found', why: `There is no question ${id}.` } };
    const refusal = mayAnswer(loaded.approval, who.person, kernel.clock.now());
    if (refusal !== null) return refused(kernel, who, loaded.approval, 'edit', refusal);
    const waiting = waitingItems(loaded);
    const target = waiting.find(({ record }) => record.item.id === shown.item);
    if (target === undefined || target.record.item.revision !== shown.revision || itemHash(target.record.item) !== shown.hash) {
      return refused(kernel, who, loaded.approval, 'edit', {
        code: 'changed',
        why: 'It has changed since you opened it. Nothing was saved; the card now shows what it is.',
      });
    }
    const { task, record } = target;
    const revision = record.item.revision + 1;
    const revised: ItemRecord = { ...record, item: { ...record.item, revision, request } };
    const verdict = judge(kernel, task, revised, await readHistory(kernel, revised.item));
    if (verdict.outcome === 'deny') return { decided: false, refusal: { code: 'invalid', why: `Your policies do not allow this: ${whyDenied(verdict)}` } };
    const by = envelope(who, task, id);
    const events: NewEvent[] = [
      newEvent(
        `task:${task.id}`,
        'ItemRevised',
        { item: record.item.id, revision, before: record.item.request, after: request, why: `edited by ${who.person ?? who.actor}` },
        by,
      ),
    ];
    const judged = newEvent(`task:${task.id}`, 'ItemJudged', { ...judgement(revised.item, verdict), outcome: 'ask' }, by);
    if (verdict.outcome !== 'allow' && (!verdict.approvers.includes(who.person ?? '') || verdict.quorum > 1)) {
      // Policy now asks somebody else: the edit is kept, and they get a card of their own.
      await kernel.journal.append(
        [
          ...events,
          judged,
          newEvent(`approval:${id}`, 'ApprovalClosed', { why: `edited; now for ${verdict.approvers.join(', ')}` }, { ...by, subject: loaded.approval.person }),
          ...others(who, loaded, waiting, [record], 'The card was edited.'),
        ],
        expectations(loaded),
      );
      return { decided: true, approved: 0, rejected: 0, returned: 1 };
    }
    const settled = [...events, judged, ...settle(kernel, who, task, revised, id, 'approve', '')];
    const rest = waiting.filter((each) => each !== target).map((each) => ({ ...each, events: settle(kernel, who, each.task, each.record, id, 'approve', '') }));
    return commit(kernel, who, loaded, [{ task, record: revised, events: settled }, ...rest], 'approve', '', waiting);
  });
}

export async function snooze(kernel: Kernel, who: Answerer, id: string, until: number): Promise<Decided> {
  return retryConflicts(async () => {
    const loaded = await load(kernel, id);
    if (loaded === null) return { decided: false, refusal: { code: 'not-found', why: `There is no question ${id}.` } };
    const refusal = mayAnswer(loaded.approval, who.person, kernel.clock.now());
    if (refusal !== null) return refused(kernel, who, loaded.approval, 'snooze', refusal);
    const event = newEvent(`approval:${id}`, 'ApprovalSnoozed', { until: instant(until), by: who.person ?? who.actor }, ofApproval(who, loaded.approval));
    await kernel.journal.append([event], { [`approval:${id}`]: loaded.approval.version });
    return { decided: true, approved: 0, rejected: 0, returned: 0 };
  });
}

/** Takes a decision back while all its effects are still held: the items are asked again. */
export async function takeBack(kernel: Kernel, who: Answerer, id: string): Promise<Decided> {
  return retryConflicts(async () => {
    const loaded = await load(kernel, id);
    if (loaded === null) return { decided: false, refusal: { code: 'not-found', why: `There is no question ${id}.` } };
    const { approval, tasks } = loaded;
    if (who.person === null || !approval.approvers.includes(who.person))
      return refused(kernel, who, approval, 'take-back', { code: 'not-allowed', why: 'Only somebody who may decide can take a decision back.' });
    const now = kernel.clock.now();
    const held = [...tasks.values()].flatMap((task) =>
      task.items.filter((record) => record.approval === id && record.status === 'approved').map((record) => ({ task, record })),
    );
    const left = [...tasks.values()].some((task) =>
      task.items.some((record) => record.approval === id && (record.status === 'executing' || record.status === 'done' || record.status === 'unknown')),
    );
    if (held.length === 0 || left || held.every(({ record }) => record.notBefore === null || new Date(record.notBefore).getTime() <= now)) {
      return { decided: false, refusal: { code: 'expired', why: 'Too late to take back: it has already gone out.' } };
    }
    const events = held.map(({ task, record }) =>
      newEvent(
        `task:${task.id}`,
        'ItemReturned',
        { item: record.item.id, revision: record.item.revision, why: 'The decision was taken back.' },
        envelope(who, task, id),
      ),
    );
    await kernel.journal.append(
      [...events, newEvent(`approval:${id}`, 'ApprovalClosed', { why: `taken back by ${who.person}` }, ofApproval(who, approval))],
      expectations(loaded),
    );
    return { decided: true, approved: 0, rejected: 0, returned: held.length };
  });
}

async function load(kernel: Kernel, id: string): Promise<Loaded | null> {
  const approval = await loadApproval(kernel, id);
  if (approval === null) return null;
  const tasks = new Map<string, TaskState>();
  for (const task of new Set(approval.items.map((bound) => bound.task))) {
    const state = await loadTask(kernel, task);
    if (state !== null) tasks.set(task, state);
  }
  return { approval, tasks };
}

const waitingItems = ({ approval, tasks }: Loaded) =>
  [...tasks.values()].flatMap((task) =>
    task.items.filter((record) => record.approval === approval.id && record.status === 'waiting').map((record) => ({ task, record })),
  );

function settle(
  kernel: Kernel,
  who: Answerer,
  task: TaskState,
  record: ItemRecord,
  approval: string,
  verdict: 'approve' | 'reject',
  reason: string,
): NewEvent[] {
  const key = { item: record.item.id, revision: record.item.revision };
  const by = envelope(who, task, approval);
  if (verdict === 'reject') return [newEvent(`task:${task.id}`, 'ItemRejected', { ...key, approval, reason, again: reason !== '' }, by)];
  const heldUntil = who.hold > 0 ? instant(kernel.clock.now() + who.hold) : null;
  return [newEvent(`task:${task.id}`, 'ItemApproved', { ...key, hash: itemHash(record.item), approval, heldUntil }, by)];
}

async function commit(
  kernel: Kernel,
  who: Answerer,
  loaded: Loaded,
  decisions: readonly { task: TaskState; record: ItemRecord; events: readonly NewEvent[] }[],
  verdict: 'approve' | 'reject',
  reason: string,
  waiting: readonly { task: TaskState; record: ItemRecord }[],
): Promise<Decided> {
  const { approval } = loaded;
  const decided = newEvent(
    `approval:${approval.id}`,
    'ApprovalDecided',
    {
      by: who.person ?? who.actor,
      decisions: decisions.map(({ record }) => ({ item: record.item.id, revision: record.item.revision, verdict })),
      // With several persons on the card, their reasons are kept with each item.
      reason: approval.person === null ? '' : reason,
    },
    ofApproval(who, approval),
  );
  const rest = others(
    who,
    loaded,
    waiting,
    decisions.map(({ record }) => record),
    'It was not part of the decision on its card.',
  );
  await Draft.commit(kernel, async (draft) => {
    draft.add([decided, ...decisions.flatMap(({ events }) => events), ...rest], expectations(loaded));
    // Without a hold the footprint is in the same commit, and the effect goes off at once.
    for (const id of new Set(decisions.map(({ task }) => task.id))) await kernel.goOn(draft, id);
  });
  return {
    decided: true,
    approved: verdict === 'approve' ? decisions.length : 0,
    rejected: verdict === 'reject' ? decisions.length : 0,
    returned: rest.length,
  };
}

/** Items of the card that were not decided: asked again on a new one. */
function others(
  who: Answerer,
  { approval }: Loaded,
  waiting: readonly { task: TaskState; record: ItemRecord }[],
  decided: readonly ItemRecord[],
  why: string,
): NewEvent[] {
  const done = new Set(decided.map((record) => record.item.id));
  return waiting
    .filter(({ record }) => !done.has(record.item.id))
    .map(({ task, record }) =>
      newEvent(`task:${task.id}`, 'ItemReturned', { item: record.item.id, revision: record.item.revision, why }, envelope(who, task, approval.id)),
    );
}

/** One of several votes; null when this vote settles it. */
async function voteOnly(kernel: Kernel, who: Answerer, approval: ApprovalState, verdict: 'approve' | 'reject'): Promise<Decided | null> {
  if (approval.quorum <= 1 || verdict === 'reject' || who.person === null) return null;
  const voters = new Set(approval.votes.filter((vote) => vote.verdict === 'approve').map((vote) => vote.by));
  if (voters.has(who.person))
    return { decided: false, refusal: { code: 'already-decided', why: `You have approved already; ${approval.quorum - voters.size} more must.` } };
  if (voters.size + 1 >= approval.quorum) return null;
  await kernel.journal.append([newEvent(`approval:${approval.id}`, 'ApprovalVoted', { by: who.person, verdict }, ofApproval(who, approval))], {
    [`approval:${approval.id}`]: approval.version,
  });
  return { decided: true, approved: 0, rejected: 0, returned: 0, vote: `${voters.size + 1} of ${approval.quorum} have approved.` };
}

/** A click that may not decide changes nothing and is on record (I7). */
async function refused(kernel: Kernel, who: Answerer, approval: ApprovalState, verb: string, refusal: Refusal): Promise<Decided> {
  await kernel.journal.append([
    newEvent(`approval:${approval.id}`, 'AnswerRefused', { who: who.actor, verb, why: refusal.why.slice(0, 500) }, ofApproval(who, approval)),
  ]);
  return { decided: false, refusal };
}

const expectations = ({ approval, tasks }: Loaded): Record<string, Expected> =>
  Object.fromEntries([[`approval:${approval.id}`, approval.version], ...[...tasks.values()].map((task) => [`task:${task.id}`, task.version] as const)]);

const envelope = (who: Answerer, task: TaskState, approval: string): Envelope => ({
  actor: who.actor,
  source: who.source,
  cause: `approval:${approval}`,
  correlation: task.correlation,
  subject: task.person,
});
const ofApproval = (who: Answerer, approval: ApprovalState): Envelope => ({
  actor: who.actor,
  source: who.source,
  cause: null,
  correlation: approval.correlation,
  subject: approval.person,
});
