import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPerson, forgetPerson } from '../../src/orchestrator/forget.ts';
import { suppressAddress } from '../../src/orchestrator/intake.ts';
import { rebuild } from '../../src/store/projections/projector.ts';
import { verifyLog } from '../../src/store/verify.ts';
import { type Company, openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

const BY = { actor: 'human:cli:owner', source: 'cli' };
const WANTED = 'Our subscriptions and invoices are a mess, can you fix the billing? Our budget is 8,000 EUR.';
const MIA = 'mia.quandt@kistenwerk.example';

describe('forgetting a person', () => {
  let company: Company;
  let folder: string;
  const removed: string[] = [];
  const parts = () => {
    const { kernel, stores } = company.house;
    return { kernel, keys: stores.keys, scrub: () => stores.scrub(), removeMail: async (file: string) => void removed.push(file) };
  };
  const forget = async (typed: string) => {
    const known = await findPerson(parts(), typed);
    if (known === null) throw new Error(`${typed} was expected to be known.`);
    const done = await forgetPerson(parts(), known, BY);
    await company.rest();
    return { known, done };
  };
  const writes = (message = WANTED) => company.writes('Mia Quandt', MIA, message, { company: 'Kistenwerk', phone: '+49 30 5550142' });

  beforeEach(async () => {
    folder = temporaryFolder();
    removed.length = 0;
    company = await openCompany({ folder });
    await writes();
  });
  afterEach(() => company.stop());

  it('leaves nothing readable of them, anywhere in the data folder, and verify still passes', async () => {
    const [card] = await company.cards();
    if (card === undefined) throw new Error('A card was expected.');
    await company.decides(card, 'approve');
    await company.writes('Other Person', 'other@elsewhere.example', WANTED, { company: 'Elsewhere' });

    const { known } = await forget(MIA);

    expect(known.mails).toHaveLength(1);
    expect(removed).toEqual(known.mails);
    const { stores, kernel } = company.house;
    expect(await verifyLog(stores.log)).not.toHaveProperty('broken');
    await rebuild(kernel.journal, stores.documents, () => {});
    const names = (await readdir(join(folder, 'data'))).filter((name) => /\.db/.test(name));
    for (const name of names) {
      const bytes = (await readFile(join(folder, 'data', name))).toString('latin1').toLowerCase();
      for (const trace of ['quandt', '5550142', 'mia.']) expect(bytes.includes(trace) && `${name} holds ${trace}`).toBe(false);
    }
    // Everybody else is as they were.
    expect(await stores.documents.find('lead', { where: { 'fields.email': 'other@elsewhere.example' } })).toHaveLength(1);
  });

  it('cancels what is open and closes its card: nothing is sent any more', async () => {
    const [card] = await company.cards();
    expect((await forget(MIA)).done.cancelled).toBe(1);
    expect(await company.cards()).toEqual([]);
    if (card !== undefined) expect(await company.decides(card, 'approve')).toMatchObject({ ok: false });
    expect(await company.outbox()).toEqual([]);
  });

  it('also reaches what came from another address and was found to be the same person', async () => {
    await company.writes('Mia Quandt', 'mia@quandt-privat.example', WANTED, { company: 'Kistenwerk', phone: '+49 30 5550142' });
    const { known } = await forget(MIA);
    expect(known.documents.filter((ref) => ref.startsWith('lead:'))).toHaveLength(2);
  });

  it('is found by lead as well, and a second time nothing is left to do', async () => {
    const [lead] = await company.house.stores.documents.find('lead', {});
    await forget(`lead:${lead?.id}`);
    expect(await findPerson(parts(), MIA)).toMatchObject({ remembered: false });
    expect(await findPerson(parts(), 'nobody@nowhere.example')).toBeNull();
  });

  it('after a crash between the key and the record, the same call finishes it', async () => {
    const known = await findPerson(parts(), MIA);
    if (known === null) throw new Error('A person was expected.');
    for (const person of known.persons) await parts().keys.destroy(person);
    expect(await findPerson(parts(), MIA)).toMatchObject({ remembered: true });
    await forget(MIA);
    const [lead] = await company.house.stores.documents.find('lead', {});
    expect(lead?.data['fields']).toMatchObject({ name: '[forgotten]', email: '[forgotten]' });
  });

  describe('keeps them from being written to', () => {
    const proposedTo = async () => (await company.cards()).length;

    it('when their name comes again in a file', async () => {
      await forget(MIA);
      const { kernel } = company.house;
      expect(await suppressAddress(kernel, 'someone@else.example', 'csv:list.csv', BY.actor)).toBe('created');
      const suppressions = await company.house.stores.documents.find('suppression', { where: { 'fields.reason': 'forgotten', removed: false } });
      expect(suppressions).toHaveLength(1);
      expect(suppressions[0]?.data['fields']).toMatchObject({ address: '[forgotten]' });
    });

    it('until they write to us by themselves', async () => {
      await forget(MIA);
      await writes(`${WANTED} It is me again.`);
      expect(await proposedTo()).toBe(1);
      const [card] = await company.cards();
      if (card !== undefined) await company.decides(card, 'approve');
      expect(await company.outbox()).toHaveLength(1);
    });

    it('and an opt-out after that holds for good', async () => {
      await forget(MIA);
      await writes(`${WANTED} It is me again.`);
      const { kernel } = company.house;
      expect(await suppressAddress(kernel, MIA, 'csv:unsubscribed.csv', BY.actor)).toBe('created');
      expect(await suppressAddress(kernel, MIA, 'csv:unsubscribed.csv', BY.actor)).toBe('repeated');
      await writes(`${WANTED} And again.`);
      await company.rest();
      const standing = await company.house.stores.documents.find('suppression', { where: { removed: false } });
      expect(standing.map(({ data }) => data['fields'])).toMatchObject([{ reason: 'imported' }]);
    });
  });
});
