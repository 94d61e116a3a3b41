import { instant } from '../ports.ts';
import type { Document, Where } from '../store/documents.ts';
import type { Item } from '../store/events/task.ts';
import { contentHash } from '../store/projections/project.ts';
import { suppressionId } from './contact.ts';
import type { Kernel } from './kernel.ts';
import type { PolicyFacts, SentWithin } from './policy/facts.ts';
import type { TaskState } from './task.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An effect under way: it counts against limits before its outcome is known. */
export interface Underway {
  readonly at: number;
  readonly to: string | null;
}

/** What policy must know of the world for this item, read from the canonical state just now. */
export async function gatherFacts(kernel: Kernel, task: TaskState, item: Item, underway: readonly Underway[]): Promise<PolicyFacts> {
  const { clock, documents } = kernel;
  const { company } = kernel.settings();
  const now = clock.now();
  const leaves = kernel.actions.get(item.action).kind === 'external';
  const base = {
    now,
    timeZone: company.timeZone,
    currency: company.currency,
    leaves,
    value: task.request.value === null ? null : task.request.value / 100,
    author: null,
  };
  if (!leaves)
    return {
      ...base,
      recipients: [],
      suppressed: false,
      firstContact: false,
      sameContentSentAt: null,
      sentLastHour: NONE,
      sentLastDay: NONE,
      sentToRecipientLastDay: NONE,
    };

  const recipients = typeof item.request['to'] === 'string' ? [item.request['to']] : [];
  const sent = (where: Where, limit: number) => documents.find('outbound', { where, orderBy: [['at', 'asc']], limit });
  const within = async (to: string | null, window: number): Promise<SentWithin> => {
    const scope: Where = { at: { gt: instant(now - window) }, ...(to === null ? {} : { to }) };
    const [oldest] = await sent(scope, 1);
    const running = underway.filter((effect) => to === null || effect.to === to);
    const moments = [...(oldest === undefined ? [] : [timeOf(oldest)]), ...running.map(({ at }) => at)];
    return moments.length === 0 ? NONE : { count: (await documents.count('outbound', scope)) + running.length, oldest: Math.min(...moments) };
  };
  const perRecipient = await Promise.all(recipients.map((to) => within(to, DAY)));
  const before = await Promise.all(recipients.map((to) => sent({ to }, 500)));
  const hash = contentHash(item.request);
  const same = before.flat().filter(({ data }) => data['contentHash'] === hash);
  const suppressed = await Promise.all(recipients.map((to) => documents.get('suppression', suppressionId(kernel, to))));
  return {
    ...base,
    recipients,
    suppressed: suppressed.some((found) => found !== null && found.data['removed'] !== true),
    firstContact: before.some((list) => list.length === 0),
    sameContentSentAt: same.length === 0 ? null : Math.max(...same.map(timeOf)),
    sentLastHour: await within(null, HOUR),
    sentLastDay: await within(null, DAY),
    sentToRecipientLastDay: perRecipient.reduce((most, one) => (one.count > most.count ? one : most), NONE),
  };
}

const NONE: SentWithin = { count: 0, oldest: null };

const timeOf = ({ data }: Document): number => (typeof data['at'] === 'string' ? new Date(data['at']).getTime() : 0);
