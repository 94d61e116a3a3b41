import type { ProposedItem } from '../agents/agent.ts';
import type { Item } from '../store/events/task.ts';
import { canonicalJson } from '../store/json.ts';
import type { ItemRecord } from './task.ts';

/**
 * Which items of a new proposal are kept: not what a person turned down before, word for word (I5), and nothing that
 * builds on such an item. What builds on something that takes the place of what was turned down is new with it: a
 * follow-up to another mail is another follow-up.
 */
export function keptItems(before: readonly ItemRecord[], proposed: readonly ProposedItem[]): readonly boolean[] {
  const rejected = before.filter(({ status }) => status === 'rejected').map(({ item }) => item);
  const turnedDown = new Set(rejected.map(contentOf));
  const actions = new Set(rejected.map(({ action }) => action));
  const kept: boolean[] = [];
  for (const item of proposed) {
    const builtOn = (item.after ?? []).filter((place) => place < kept.length);
    const renewed = builtOn.some((place) => actions.has(proposed[place]?.action ?? ''));
    kept.push(builtOn.every((place) => kept[place]) && (renewed || !turnedDown.has(contentOf(item))));
  }
  return kept;
}

const contentOf = ({ action, target, request }: Pick<Item, 'action' | 'target' | 'request'>): string => canonicalJson([action, target, request]);
