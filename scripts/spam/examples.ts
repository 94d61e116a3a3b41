import { readdirSync, readFileSync } from 'node:fs';
import { parseIdealCustomer } from '../../src/agents/leads/ideal-customer.ts';
import { type Example, readLeads, readMessages } from './corpus.ts';

/** All that is learned from: the messages in training/leads, the sample leads, and the leads in test/fixtures. In a fixed order. */
export function allExamples(): Example[] {
  const root = new URL('../../', import.meta.url);
  const profile = parseIdealCustomer(readFileSync(new URL('config/playbooks/ideal-customer.md', root), 'utf8'));
  const fixtures = readdirSync(new URL('test/fixtures/', root))
    .filter((name) => /^leads-.*\.csv$/.test(name))
    .sort()
    .map((name) => `test/fixtures/${name}`);
  return [...readMessages(profile), ...readLeads(['examples/leads.csv', ...fixtures], profile)];
}
