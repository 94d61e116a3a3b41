import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backToPractice, goLive, recordTestMail } from '../../src/orchestrator/practice.ts';
import { requestByHand } from '../../src/orchestrator/run-by-hand.ts';
import { type Company, openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

const BY = { actor: 'human:cli:owner', source: 'cli' };
let company: Company;
beforeEach(async () => {
  company = await openCompany({ folder: temporaryFolder() });
});
afterEach(() => company.stop());

describe('asking an agent to work', () => {
  const ask = (agent: string, about: string | null, input: { lead: string } | null = null) =>
    requestByHand(company.house.kernel, { agent, about, input, ...BY });

  it('about a lead gives it what it would be given when the lead came in', async () => {
    await company.writes('Mia Keller', 'mia@keller.example', 'Can you repair our checkout?', { company: 'Keller' });
    const [lead] = await company.house.stores.documents.find('lead', {});
    const asked = await ask('lead-qualification', `lead:${lead?.id}`);
    if (!('task' in asked)) throw new Error(asked.refused);
    await company.rest();
    const task = await company.house.stores.documents.get('task', asked.task);
    expect(task?.data).toMatchObject({ status: 'proposed', request: { about: `lead:${lead?.id}`, input: { lead: lead?.id }, reason: 'Asked for by hand' } });
  });

  it('by an input that names a lead is about that lead, and sealed under its person', async () => {
    await company.writes('Mia Keller', 'mia@keller.example', 'Can you repair our checkout?', { company: 'Keller' });
    const [lead] = await company.house.stores.documents.find('lead', {});
    const asked = await ask('lead-qualification', null, { lead: lead?.id ?? '' });
    if (!('task' in asked)) throw new Error(asked.refused);
    const [requested] = await company.house.kernel.journal.readStream(`task:${asked.task}`);
    expect(requested).toMatchObject({ subject: lead?.data['person'], data: { about: `lead:${lead?.id}` } });
  });

  it('with an input that does not fit says what was expected, and nothing is recorded', async () => {
    const before = await company.house.kernel.journal.head();
    expect(await ask('lead-qualification', null)).toMatchObject({ code: 'invalid', refused: expect.stringContaining('lead:') });
    expect(await ask('lead-qualification', 'lead:none')).toMatchObject({ code: 'not-found' });
    expect(await ask('nobody', null)).toMatchObject({ code: 'not-found', refused: expect.stringContaining('lead-qualification') });
    expect(await company.house.kernel.journal.head()).toBe(before);
  });
});

describe('going live', () => {
  const owner = { ...BY, person: 'owner' };

  it('needs a test mail first, happens once, and can be taken back', async () => {
    const { kernel } = company.house;
    expect(await goLive(kernel, owner)).toBe('untested');
    await recordTestMail(kernel, owner, 'mail.example.com:587');
    expect(await goLive(kernel, owner)).toBe('done');
    expect(await goLive(kernel, owner)).toBe('already');
    expect(kernel.control()).toMatchObject({ tested: true, live: true });
    expect(await backToPractice(kernel, owner)).toBe('done');
    expect(await backToPractice(kernel, owner)).toBe('already');
    await company.rest();
    expect(kernel.control()).toMatchObject({ tested: true, live: false });
  });
});
