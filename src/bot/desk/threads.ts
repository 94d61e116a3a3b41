import type { Kernel } from '../../orchestrator/kernel.ts';
import type { Document } from '../../store/documents.ts';
import type { EntityState } from '../../store/projections/entity.ts';
import type { ApprovalView, TaskView } from '../../store/projections/views.ts';
import type { Thread } from '../intents.ts';
import { showEntity } from './about.ts';
import { cardOf, loadCard } from './cards.ts';

/** Days back that quiet work is summed up in the feed. */
const QUIET_DAYS = 14;
const DAY = 86_400_000;
/** Quiet tasks listed by name in a summary. */
const LISTED = 50;

export interface FeedOptions {
  readonly limit: number;
  readonly before?: { readonly at: string; readonly id: string };
}

/** Tasks, batch cards, notices and summaries of quiet work, newest first. */
export async function loadFeed(kernel: Kernel, { limit, before }: FeedOptions): Promise<Thread[]> {
  const { documents } = kernel;
  const newest = (field: string) => ({
    where: before === undefined ? { [field]: { gt: '' } } : { [field]: { gt: '', lte: before.at } },
    orderBy: [[field, 'desc'] as const],
    limit: limit + 20,
  });
  const tasks = await documents.find('task', newest('feedAt'));
  const notices = await documents.find('notice', newest('at'));
  const batches = await documents.find('approval', {
    where: { batch: true, ...newest('updatedAt').where },
    orderBy: [['updatedAt', 'desc']],
    limit: limit + 20,
  });
  const places = [
    ...tasks.map((document) => ({ at: text(document, 'feedAt'), id: `task:${document.id}`, make: () => taskThread(kernel, document) })),
    ...notices.map((document) => ({ at: text(document, 'at'), id: `notice:${document.id}`, make: async () => noticeThread(document) })),
    ...batches.map((document) => ({ at: text(document, 'updatedAt'), id: `batch:${document.id}`, make: () => batchThread(kernel, document) })),
    ...(await quietDays(kernel)).map((day) => ({ ...day, make: () => quietThread(kernel, day.day) })),
  ];
  const after = (place: { at: string; id: string }) => before === undefined || place.at < before.at || (place.at === before.at && place.id < before.id);
  const chosen = places
    .filter(after)
    .sort((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1))
    .slice(0, limit);
  return (await Promise.all(chosen.map(({ make }) => make()))).filter((thread) => thread !== null);
}

export async function loadThread(kernel: Kernel, id: string): Promise<Thread | null> {
  const colon = id.indexOf(':');
  const [kind, key] = [id.slice(0, colon), id.slice(colon + 1)];
  if (kind === 'quiet') return quietThread(kernel, key);
  const document = await kernel.documents.get(kind === 'batch' ? 'approval' : kind === 'notice' ? 'notice' : 'task', key);
  if (document === null) return null;
  if (kind === 'task') return document.data['feedAt'] === null ? null : taskThread(kernel, document);
  if (kind === 'notice') return noticeThread(document);
  // A single card is on the thread of its task.
  return kind === 'batch' && document.data['batch'] === true ? batchThread(kernel, document) : null;
}

async function taskThread(kernel: Kernel, document: Document): Promise<Thread> {
  // Written by the fold of exactly this view.
  const task = document.data as unknown as TaskView;
  const approvals = [...new Set(task.items.flatMap((record) => record.approval ?? []))].reverse();
  const cards = (await Promise.all(approvals.map((id) => loadCard(kernel, id)))).filter((card) => card !== null && !card.batch);
  const ref = task.request.about;
  const lead = ref?.startsWith('lead:') ? await kernel.documents.get('lead', ref.slice('lead:'.length)) : null;
  const bare = cards.length === 0;
  const waiting = cards.filter((card) => card?.state === 'waiting' || card?.state === 'snoozed');
  const snoozed = waiting.length > 0 && waiting.every((card) => card?.state === 'snoozed');
  return {
    id: `task:${task.id}`,
    at: task.feedAt ?? task.updatedAt,
    kind: 'task',
    title: task.headline ?? task.request.reason,
    agent: task.request.agent,
    ...(snoozed ? { state: 'snoozed', tone: 'neutral' as const } : stateOf(task)),
    body: [
      ...(task.lastFailure === null
        ? []
        : [{ kind: 'text' as const, text: `${task.lastFailure.message} (${task.lastFailure.class}, attempt ${task.attempt})` }]),
      ...(bare && lead !== null && ref !== null ? showEntity(ref, lead.data as unknown as EntityState) : []),
      ...(bare && task.reasoning ? [{ kind: 'text' as const, text: task.reasoning }] : []),
    ],
    cards: cards.filter((card) => card !== null),
    actions: [...taskActions(task), ...leadActions(lead)],
  };
}

function stateOf(task: TaskView): Pick<Thread, 'state' | 'tone'> {
  if (task.items.some((record) => record.status === 'unknown')) return { state: 'It is not known whether this happened. Please say.', tone: 'bad' };
  switch (task.status) {
    case 'requested':
      return { state: task.until === null ? 'queued' : `runs at ${task.until}`, tone: 'neutral' };
    case 'running':
      return { state: 'working', tone: 'neutral' };
    case 'failed':
      return { state: 'failed; needs you', tone: 'bad' };
    case 'quarantined':
      return { state: 'quarantined after repeated failures; needs you', tone: 'bad' };
    case 'cancelled':
      return { state: 'cancelled', tone: 'neutral' };
    case 'proposed':
    case 'done':
      break;
    default:
      return task.status satisfies never;
  }
  if (task.attention) return { state: 'an effect failed; needs you', tone: 'bad' };
  if (task.items.some((record) => record.status === 'waiting')) return { state: 'waiting for you', tone: 'waiting' };
  if (task.status === 'proposed') return { state: 'under way', tone: 'neutral' };
  // What became of the latest proposal; one that was turned down before it is past.
  const latest = task.items.filter((record) => record.round === task.proposals);
  const approved = latest.some((record) => record.status === 'done' && record.approval !== null);
  return !approved && latest.some((record) => record.status === 'rejected') ? { state: 'rejected', tone: 'neutral' } : { state: 'done', tone: 'good' };
}

function taskActions(task: TaskView): Thread['actions'] {
  const unknown = task.items
    .filter((record) => record.status === 'unknown')
    .flatMap((record) => [
      { verb: 'happened', label: 'It happened', target: record.item.id },
      { verb: 'did-not-happen', label: 'It did not happen', target: record.item.id },
    ]);
  const failed = task.status === 'failed' || task.status === 'quarantined' || task.items.some((record) => record.status === 'failed');
  const stuck =
    failed && task.status !== 'cancelled'
      ? [
          { verb: 'retry', label: 'Try again', target: task.id },
          { verb: 'discard', label: 'Discard', target: task.id },
        ]
      : [];
  return [...unknown, ...stuck];
}

/** Once something went out, the person can say what became of it. */
function leadActions(lead: Document | null): Thread['actions'] {
  const fields = (lead?.data as unknown as EntityState | undefined)?.fields;
  if (lead === null || fields === undefined || (fields['stage'] !== 'contacted' && fields['stage'] !== 'replied')) return [];
  const target = `lead:${lead.id}`;
  return [
    ...(fields['repliedAt'] === null ? [{ verb: 'replied', label: 'They replied', target }] : []),
    { verb: 'won', label: 'Won', target },
    { verb: 'lost', label: 'Lost', target },
    ...(fields['optedOutAt'] === null ? [{ verb: 'opted-out', label: 'They opted out', target }] : []),
  ];
}

function noticeThread(document: Document): Thread {
  const tone = document.data['tone'];
  const body = text(document, 'text');
  return {
    id: `notice:${document.id}`,
    at: text(document, 'at'),
    kind: 'notice',
    title: text(document, 'title'),
    agent: null,
    state: '',
    tone: tone === 'bad' || tone === 'good' ? tone : 'neutral',
    body: body === '' ? [] : [{ kind: 'text', text: body }],
    cards: [],
    actions: [],
  };
}

async function batchThread(kernel: Kernel, document: Document): Promise<Thread> {
  const card = await cardOf(kernel, document.data as unknown as ApprovalView);
  return {
    id: `batch:${document.id}`,
    at: text(document, 'updatedAt'),
    kind: 'task',
    title: card.title,
    agent: card.agent,
    state: card.state === 'waiting' ? 'waiting for you' : card.state,
    tone: card.state === 'waiting' ? 'waiting' : 'neutral',
    body: [],
    cards: [card],
    actions: [],
  };
}

async function quietDays(kernel: Kernel): Promise<{ day: string; at: string; id: string }[]> {
  const now = kernel.clock.now();
  const days = Array.from({ length: QUIET_DAYS }, (_, back) => new Date(now - back * DAY).toISOString().slice(0, 10));
  const latest = await Promise.all(days.map((day) => kernel.documents.find('task', { where: { quietDay: day }, orderBy: [['updatedAt', 'desc']], limit: 1 })));
  return latest.flatMap((found, index) =>
    found.map((document) => ({ day: days[index] ?? '', at: text(document, 'updatedAt'), id: `quiet:${days[index] ?? ''}` })),
  );
}

/** Spam, unfit and repeated leads: one summary a day instead of a card each. */
async function quietThread(kernel: Kernel, day: string): Promise<Thread | null> {
  const count = await kernel.documents.count('task', { quietDay: day });
  if (count === 0) return null;
  const found = await kernel.documents.find('task', { where: { quietDay: day }, orderBy: [['updatedAt', 'desc']], limit: LISTED });
  const tasks = found.map(({ data }) => data as unknown as TaskView);
  const more = count > tasks.length ? ` The latest ${tasks.length} are listed.` : '';
  return {
    id: `quiet:${day}`,
    at: tasks[0]?.updatedAt ?? `${day}T00:00:00.000Z`,
    kind: 'quiet',
    title: `Sorted out without you on ${day}: ${count}`,
    agent: null,
    state: '',
    tone: 'neutral',
    body: [
      { kind: 'text', text: `Nothing was sent to any of these.${more}` },
      { kind: 'fields', fields: tasks.map((task) => ({ label: task.headline ?? task.request.reason, value: task.id })) },
    ],
    cards: [],
    actions: [],
  };
}

const text = (document: Document, field: string): string => {
  const value = document.data[field];
  return typeof value === 'string' ? value : '';
};
