import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../../src/agents/agent.ts';
import type { TaskView } from '../../src/store/projections/views.ts';
import { type Company, openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

/** Proposes one mail a lead, to whom and with what text the lead's message says. */
const mailer = defineAgent({
  name: 'mailer',
  version: '1',
  does: 'Sends what it is told.',
  input: z.strictObject({ lead: z.string() }),
  wakes: (event) =>
    event.type === 'DocumentCreated' && event.data.entity === 'lead' ? { about: event.stream, input: { lead: event.stream }, reason: 'test' } : null,
  async run({ lead }, { get }) {
    const known = await get('lead', lead.slice('lead:'.length));
    const [to = '', text = ''] = (known?.data.message ?? '').split('|');
    const request = { to, subject: 'Hello', text, inReplyTo: null, references: [] };
    return { confidence: 1, headline: 'Mail', reasoning: '', reasons: [], items: [{ action: 'mail.send', target: lead, request, summary: `To ${to}` }] };
  },
});

let company: Company;
afterEach(() => company.stop());

async function given(limits: string, rules = '') {
  const folder = temporaryFolder();
  const policies = join(folder, 'policies.yaml');
  writeFileSync(policies, `rules:\n${rules}  - id: mails\n    when: { action: mail.send }\n    then: allow\n    reason: For the test.\nlimits: ${limits}\n`);
  const agents = join(folder, 'agents.yaml');
  writeFileSync(agents, 'defaults: { concurrency: 4 }\n');
  company = await openCompany({ folder, agents: [mailer], config: { 'policies.yaml': policies, 'agents.yaml': agents } });
}
const write = (count: number, message: (n: number) => string) =>
  Promise.all(Array.from({ length: count }, (_, n) => company.writes(`Person ${n}`, `p${n}@example.com`, message(n))));
const tasks = async () => (await company.house.stores.documents.find('task', {})).map(({ data }) => data as unknown as TaskView);
const statuses = async () => (await tasks()).map(({ items }) => items[0]?.status).sort();

describe('limits on what leaves (I10)', () => {
  it('hold when everything comes at once', async () => {
    await given('{ perHour: 3, perDay: 100, perRecipientPerDay: 100 }');
    await write(8, (n) => `to${n}@example.com|text ${n}`);
    await company.rest();
    expect(await company.outbox()).toHaveLength(3);
    expect(await statuses()).toEqual([...Array(5).fill('approved'), ...Array(3).fill('done')]);
    await company.advance(3_600_000 + 60_000);
    expect(await company.outbox()).toHaveLength(6);
  });

  it('hold per recipient, and across a restart', async () => {
    await given('{ perHour: 100, perDay: 100, perRecipientPerDay: 2 }');
    await write(3, (n) => `same@example.com|text ${n}`);
    await company.rest();
    expect(await company.outbox()).toHaveLength(2);
    const { env } = company.house;
    await company.stop();
    company = await openCompany({ folder: join(env.dataFolder, '..'), agents: [mailer], clock: company.clock, seed: 2 });
    await write(1, () => 'same@example.com|another text');
    await company.rest();
    expect(await company.outbox()).toHaveLength(2);
  });

  it('the same words to the same person are noticed while the first are on their way', async () => {
    await given(
      '{ perHour: 100, perDay: 100, perRecipientPerDay: 100 }',
      '  - id: twice\n    when: { action: mail.send, sameContentWithinDays: 30 }\n    then: ask\n    reason: The same again.\n',
    );
    await write(4, () => 'same@example.com|the same words');
    await company.rest();
    expect(await company.outbox()).toHaveLength(1);
    expect((await company.cards()).length).toBe(3);
  });
});

describe('one commit for what follows by itself', () => {
  it('a proposal is judged and its effect begun with it; nothing leaves before', async () => {
    await given('{ perHour: 100, perDay: 100, perRecipientPerDay: 100 }');
    await write(1, () => 'to@example.com|hello');
    await company.rest();
    const [task] = await tasks();
    const events = await company.house.kernel.journal.readStream(`task:${task?.id}`);
    const commits = Object.groupBy(events, ({ commit }) => commit);
    expect(Object.values(commits).map((together) => together?.map(({ type }) => type))).toEqual([
      ['TaskRequested'],
      ['TaskStarted'],
      ['TaskProposed', 'ItemJudged', 'ItemApproved', 'EffectStarted'],
      ['EffectSucceeded'],
    ]);
  });
});
