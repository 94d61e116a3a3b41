import { expect, it } from 'vitest';
import type { ProposedItem } from '../../src/agents/agent.ts';
import type { ItemRecord } from '../../src/orchestrator/task.ts';
import { keptItems } from '../../src/orchestrator/turned-down.ts';
import { item } from '../support/events.ts';

const mail = (text: string, ...after: number[]): ProposedItem => ({ action: 'mail.send', target: 'lead:l1', request: { text }, summary: text, after });
const later = (...after: number[]): ProposedItem => ({ action: 'task.schedule', target: 'lead:l1', request: { afterDays: 4 }, summary: 'later', after });
const place: ProposedItem = { action: 'document.change', target: 'lead:l1', request: { stage: 'qualified' }, summary: 'place' };

const record = (status: ItemRecord['status'], { action, target, request }: ProposedItem) =>
  ({ status, item: item('t.1', { action, target, request }) }) as unknown as ItemRecord;
const before = [record('done', place), record('rejected', mail('long')), record('rejected', later())];

it.each<[string, readonly ProposedItem[], readonly boolean[]]>([
  ['another mail, and the follow-up that belongs to it', [mail('short'), later(0)], [true, true]],
  ['not the same mail, nor what would follow it', [mail('long'), later(0)], [false, false]],
  ['not the same mail, also after something that was allowed', [place, mail('long', 0), later(1)], [true, false, false]],
  ['not the same follow-up by itself', [later()], [false]],
  ['nothing that builds on what was left out', [mail('long'), { ...place, request: { stage: 'contacted' }, after: [0] }], [false, false]],
  ['what was never asked about', [place], [true]],
])('keeps %s', (_, proposed, kept) => {
  expect(keptItems(before, proposed)).toEqual(kept);
});
