import type { Kernel } from '../../orchestrator/kernel.ts';
import type { DomainEvent } from '../../store/events/index.ts';
import type { TaskView } from '../../store/projections/views.ts';
import type { WhyStep } from '../intents.ts';
import { clip } from './about.ts';

/** Tasks of one document whose chains are told together. */
const TASKS = 20;

/**
 * The chain of I9, oldest first: intake → agent, models, reasoning → rules → person → footprint →
 * outcome.
 * @param id a task, item, approval, lead (`lead:ID` or `ID`), footprint or message id
 */
export async function explain(kernel: Kernel, id: string): Promise<readonly WhyStep[] | null> {
  const streams = await chainOf(kernel, id.trim());
  if (streams === null) return null;
  const events = (await Promise.all([...streams].map((stream) => kernel.journal.readStream(stream)))).flat();
  return events.sort((a, b) => a.commit - b.commit || place(a.stream) - place(b.stream)).map(tell);
}

/** Within one commit: where it came in, the documents, the decision, and then what follows from it for a task. */
function place(stream: string): number {
  if (stream.startsWith('intake:')) return 0;
  return stream.startsWith('task:') ? 3 : stream.startsWith('approval:') ? 2 : 1;
}

async function chainOf(kernel: Kernel, id: string): Promise<Set<string> | null> {
  const { documents } = kernel;
  const bare = id.slice(id.indexOf(':') + 1);
  const approval = await documents.get('approval', bare);
  if (approval !== null) {
    const tasks = (approval.data['items'] as unknown as { task: string }[]).map(({ task }) => task);
    return withTasks(kernel, new Set([`approval:${bare}`]), tasks);
  }
  const task = bare.replace(/\.\d+$/, '');
  if ((await documents.get('task', task)) !== null) return withTasks(kernel, new Set(), [task]);
  for (const entity of ['lead', 'customer', 'suppression']) {
    if ((await documents.get(entity, bare)) === null) continue;
    const ref = `${entity}:${bare}`;
    const found = await documents.find('task', { where: { 'request.about': ref }, orderBy: [['createdAt', 'asc']], limit: TASKS });
    return withTasks(
      kernel,
      new Set([ref]),
      found.map((document) => document.id),
    );
  }
  for (const field of ['messageId', 'receipt.messageId', 'receipt.footprint']) {
    const [sent] = await documents.find('outbound', { where: { [field]: id }, limit: 1 });
    if (typeof sent?.data['task'] === 'string') return withTasks(kernel, new Set(), [sent.data['task']]);
  }
  return null;
}

async function withTasks(kernel: Kernel, streams: Set<string>, tasks: readonly string[]): Promise<Set<string>> {
  for (const id of tasks) {
    streams.add(`task:${id}`);
    const document = await kernel.documents.get('task', id);
    if (document === null) continue;
    const view = document.data as unknown as TaskView;
    for (const record of view.items) if (record.approval !== null) streams.add(`approval:${record.approval}`);
    if (view.request.parent !== null) streams.add(`task:${view.request.parent}`);
    if (view.request.about !== null) streams.add(view.request.about);
  }
  // Where the documents came in.
  const intakes = new Set<string>();
  for (const ref of [...streams].filter((stream) => !stream.startsWith('task:') && !stream.startsWith('approval:'))) {
    const [first] = await kernel.journal.readStream(ref);
    if (first?.cause?.startsWith('intake:')) intakes.add(first.cause.slice(0, first.cause.lastIndexOf('@')));
  }
  return new Set([...intakes, ...streams]);
}

type Details = WhyStep['details'];
const detail = (label: string, value: string | number | null | undefined): Details =>
  value === null || value === undefined || value === '' ? [] : [{ label, value: String(value) }];
const dollars = (micros: number): string => `$${(micros / 1_000_000).toFixed(micros < 10_000 ? 6 : 4)}`;

function tell(event: DomainEvent): WhyStep {
  const [what, details] = words(event);
  return { at: event.at, commit: event.commit, what, who: event.actor, details };
}

function words(event: DomainEvent): [string, Details] {
  switch (event.type) {
    case 'IntakeReceived':
      return [`Came in by ${event.data.door}`, detail('Recorded as', event.data.entity)];
    case 'DocumentCreated':
      return [`${event.stream} was created`, [...detail('Source', event.data.provenance.source)]];
    case 'DocumentChanged':
      return [
        `${event.stream} changed`,
        [
          ...event.data.changes.flatMap((change) => detail(change.field, `${inShort(change.from)} → ${inShort(change.to)}`)),
          ...detail('Task', event.data.provenance.task),
        ],
      ];
    case 'DocumentRemoved':
      return [`${event.stream} was removed`, detail('Reason', event.data.reason)];
    case 'TaskRequested':
      return [`${event.data.agent} was asked: ${event.data.reason}`, [...detail('Task', event.stream), ...detail('Not before', event.data.notBefore)]];
    case 'TaskStarted':
      return [`Attempt ${event.data.attempt} started`, [...detail('Agent version', event.data.agentVersion), ...detail('Worker', event.data.worker)]];
    case 'ModelAnswered':
      return [
        `Asked ${event.data.model} (${event.data.purpose})`,
        [
          ...detail('Prompt', event.data.promptHash),
          ...detail('Tokens', `${event.data.tokensIn} in, ${event.data.tokensOut} out`),
          ...detail('Cost', dollars(event.data.costMicros)),
          ...detail('Took', `${event.data.latencyMs} ms`),
          ...detail('Answer', clip(short(event.data.answer), 1_000)),
        ],
      ];
    case 'TaskProposed':
      return [
        event.data.headline,
        [
          ...detail('Decided by', event.data.by),
          ...detail('Confidence', event.data.confidence.toFixed(2)),
          ...detail('Reasoning', clip(event.data.reasoning, 2_000)),
          ...event.data.reasons.flatMap((reason) => detail(reason.name, `${reason.points > 0 ? '+' : ''}${reason.points} ${reason.detail}`)),
          ...event.data.items.flatMap((item) => detail(`Proposes ${item.id}`, `${item.action}: ${item.summary}`)),
        ],
      ];
    case 'TaskHandedBack':
      return ['Handed back to be run again', detail('Why', event.data.reason)];
    case 'TaskFailed':
      return [
        `Attempt ${event.data.attempt} failed: ${event.data.message}`,
        [...detail('Class', event.data.class), ...detail('Next', event.data.next), ...detail('Again at', event.data.retryAt)],
      ];
    case 'TaskCancelled':
    case 'TaskDiscarded':
      return [`${event.type === 'TaskCancelled' ? 'Cancelled' : 'Discarded'}: ${event.data.reason}`, []];
    case 'TaskRetried':
      return ['Started again by a person', detail('Reason', event.data.reason)];
    case 'ItemJudged':
      return [
        `Policy: ${event.data.outcome} for ${event.data.item}`,
        [...event.data.rules.flatMap((rule) => detail(`${rule.rule} (${rule.outcome})`, rule.reason)), ...detail('Policy', event.data.policy)],
      ];
    case 'ItemApproved':
      return [
        event.data.approval === null ? `${event.data.item} was allowed by policy` : `${event.data.item} was approved`,
        [...detail('Question', event.data.approval), ...detail('Hash', event.data.hash), ...detail('Held until', event.data.heldUntil)],
      ];
    case 'ItemAsked':
      return [`A person was asked about ${event.data.item}`, detail('Question', event.data.approval)];
    case 'ItemReturned':
      return [`${event.data.item} is to be asked again: ${event.data.why}`, []];
    case 'ItemRejected':
      return [`${event.data.item} was rejected`, detail('Reason', event.data.reason)];
    case 'ItemRevised':
      return [`${event.data.item} became revision ${event.data.revision}: ${event.data.why}`, changed(event.data.before, event.data.after)];
    case 'ItemDeferred':
      return [`${event.data.item} waits until ${event.data.until}: ${event.data.reason}`, []];
    case 'EffectStarted':
      return [
        `Footprint written before ${event.data.item} left`,
        [
          ...detail('Footprint', event.data.footprint),
          ...detail('By', event.data.connector),
          ...detail('Attempt', event.data.attempt),
          ...detail('Deadline', event.data.deadline),
        ],
      ];
    case 'EffectRepeated':
      return [`${event.data.item} was sent again with the same key`, detail('Footprint', event.data.footprint)];
    case 'EffectSucceeded':
      return [`${event.data.item} happened`, Object.entries(event.data.receipt).flatMap(([label, value]) => detail(label, short(value)))];
    case 'EffectFailed':
      return [`${event.data.item} failed: ${event.data.message}`, [...detail('Class', event.data.class), ...detail('Again at', event.data.retryAt)]];
    case 'EffectUnknown':
      return [`It is not known whether ${event.data.item} happened: ${event.data.message}`, detail('Footprint', event.data.footprint)];
    case 'EffectResolved':
      return [`A person says that ${event.data.item} ${event.data.happened ? 'happened' : 'did not happen'}`, []];
    case 'ItemDone':
      return [`${event.data.item} was done`, []];
    case 'ItemRefused':
      return [`${event.data.item} was not done: ${event.data.reason}`, []];
    case 'ApprovalRequested':
      return [
        `Question ${event.stream}: ${event.data.items.length} item(s)`,
        [
          ...detail('May answer', event.data.approvers.join(', ')),
          ...detail('Expires', event.data.expiresAt),
          ...detail('If nobody answers', event.data.silence),
        ],
      ];
    case 'ApprovalVoted':
      return [`${event.data.by} voted: ${event.data.verdict}`, []];
    case 'ApprovalDecided':
      return [
        `${event.data.by} decided`,
        [...event.data.decisions.flatMap((decision) => detail(decision.item, decision.verdict)), ...detail('Reason', event.data.reason)],
      ];
    case 'ApprovalReminded':
      return [event.data.to.length > 0 ? `Escalated to ${event.data.to.join(', ')}` : 'Reminded', []];
    case 'ApprovalSnoozed':
      return [`${event.data.by} snoozed it until ${event.data.until}`, []];
    case 'ApprovalExpired':
      return ['Nobody answered in time', detail('So', event.data.silence)];
    case 'ApprovalClosed':
      return [`Question closed: ${event.data.why}`, []];
    case 'AnswerRefused':
      return [`A click was refused (${event.data.verb}): ${event.data.why}`, detail('By', event.data.who)];
    default:
      return [event.type, []];
  }
}

const short = (value: unknown): string => clip(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 500);

/** A list is told by its length: what is in it stands where it was proposed. */
const inShort = (value: unknown): string => (Array.isArray(value) ? `${value.length} ${value.length === 1 ? 'entry' : 'entries'}` : short(value));

const changed = (before: Record<string, unknown>, after: Record<string, unknown>): Details =>
  Object.keys(after).flatMap((field) =>
    JSON.stringify(before[field]) === JSON.stringify(after[field])
      ? []
      : [...detail(`${field}, before`, short(before[field])), ...detail(`${field}, after`, short(after[field]))],
  );
