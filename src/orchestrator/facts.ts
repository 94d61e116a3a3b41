import type { Document } from '../store/documents.ts';
import type { Item } from '../store/events/task.ts';
import { contentHash } from '../store/projections/project.ts';
import { suppressionId } from './contact.ts';
import type { Kernel } from './kernel.ts';
import { recipientOf } from './outbound.ts';
import type { PolicyFacts, SentFacts } from './policy/facts.ts';
import type { TaskState } from './task.ts';

/** What the canonical state holds of an item's recipients. */
export type History = Pick<PolicyFacts, 'leaves' | 'recipients' | 'suppressed' | 'firstContact' | 'sameContentSentAt'>;

/** Mails to one recipient that are compared with this one. */
const COMPARED = 500;

/** Read anew for each commit that something is decided in. */
export async function readHistory(kernel: Kernel, item: Item): Promise<History> {
  const { documents } = kernel;
  const leaves = kernel.actions.get(item.action).kind === 'external';
  const to = recipientOf(item);
  if (!leaves || to === null) return { leaves, recipients: [], suppressed: false, firstContact: false, sameContentSentAt: null };
  const [before, suppression] = await Promise.all([
    documents.find('outbound', { where: { to }, orderBy: [['at', 'desc']], limit: COMPARED }),
    documents.get('suppression', suppressionId(kernel, to)),
  ]);
  const hash = contentHash(item.request);
  const same = before.filter(({ data }) => data['contentHash'] === hash);
  return {
    leaves,
    recipients: [to],
    suppressed: suppression !== null && suppression.data['removed'] !== true,
    firstContact: before.length === 0,
    sameContentSentAt: same.length === 0 ? null : Math.max(...same.map(timeOf)),
  };
}

/** Everything policy must know of the world, as of this moment. */
export function policyFacts(kernel: Kernel, task: TaskState, history: History, sent: SentFacts): PolicyFacts {
  const { company } = kernel.settings();
  const sameContent = [history.sameContentSentAt, sent.sameContentSentAt].filter((at) => at !== null);
  return {
    ...history,
    ...sent,
    sameContentSentAt: sameContent.length === 0 ? null : Math.max(...sameContent),
    now: kernel.clock.now(),
    timeZone: company.timeZone,
    currency: company.currency,
    value: task.request.value === null ? null : task.request.value / 100,
    author: null,
  };
}

const timeOf = ({ data }: Document): number => (typeof data['at'] === 'string' ? new Date(data['at']).getTime() : 0);
