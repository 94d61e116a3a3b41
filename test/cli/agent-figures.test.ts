import { expect, test } from 'vitest';
import { AgentCounter } from '../../src/cli/agent-figures.ts';
import { AT_THE_MACHINE, openCompany, shownOn } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

test('an agent is judged by what a person did with its items: as they were, changed, or turned down', async () => {
  const company = await openCompany({ folder: temporaryFolder() });
  const { desk, kernel } = company.house;
  const wanted = 'Our subscriptions and invoices are a mess, can you fix the billing? Our budget is 8,000 EUR.';
  for (const name of ['ada', 'bea', 'cai']) await company.writes(name, `${name}@${name}-shop.example`, wanted, { company: `${name} shop` });
  const [first, second, third] = await company.cards();
  if (first === undefined || second === undefined || third === undefined) throw new Error('Three cards were expected.');

  await company.decides(first, 'approve');
  await company.decides(second, 'reject');
  const [mail] = shownOn(third);
  if (mail === undefined) throw new Error('A mail was expected.');
  const form = (await desk.form(third.approval, mail.item)) ?? [];
  await desk.edit(AT_THE_MACHINE, third.approval, mail, { ...Object.fromEntries(form.map(({ name, value }) => [name, value])), subject: 'Tuesday?' });

  const counter = new AgentCounter();
  for await (const commits of kernel.journal.read(0)) for (const { events } of commits) for (const event of events) counter.add(event);
  // Each card has a reply and a follow-up.
  expect(counter.figures('lead-qualification')).toEqual({ proposals: 3, approved: 3, edited: 1, rejected: 2, costMicros: 0 });
  expect(counter.figures('lead-follow-up').approved).toBe(0);
  await company.stop();
});
