import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importLeads } from '../../src/api/import.ts';
import { rebuild } from '../../src/store/projections/projector.ts';
import { CODE, OWNER, openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

const HOUR = 3_600_000;

/** A day with the sample leads and a person with habits; returns the log as it stands, commit by commit. */
async function day(seed: number) {
  const company = await openCompany({ folder: temporaryFolder(), seed });
  try {
    const csv = await readFile(join(CODE, 'examples', 'leads.csv'));
    await importLeads(company.house.kernel, 'human:page:owner', 'leads.csv', csv);
    await company.rest();
    await company.advance(10_000);
    for (let round = 0; round < 4; round += 1) {
      const [first, second, third] = await company.cards();
      if (first) await company.decides(first, 'approve', '', OWNER);
      if (second) await company.decides(second, 'reject', 'Wrong tone');
      if (third) await company.house.desk.snooze(OWNER, third.approval, new Date(company.clock.now() + HOUR).toISOString());
      await company.advance(15_000);
    }
    await company.leap(4 * 24 * HOUR);
    const texts: string[] = [];
    for await (const batch of company.house.stores.log.readSealed(0)) texts.push(...batch.map(({ hash, text }) => `${hash} ${text}`));
    const mails = await company.outbox();
    const documents = await allDocuments(company);
    await rebuild(company.house.kernel.journal, company.house.stores.documents, () => {});
    return { texts, mails, documents, rebuilt: await allDocuments(company) };
  } finally {
    await company.stop();
  }
}

async function allDocuments(company: Awaited<ReturnType<typeof openCompany>>): Promise<string[]> {
  const collections = ['lead', 'customer', 'suppression', 'task', 'approval', 'outbound', 'notice', 'import', 'control'];
  const found = await Promise.all(collections.map((collection) => company.house.stores.documents.find(collection, {})));
  return found.flat().map((document) => JSON.stringify(document));
}

it('the same day twice with the same seed is the same log, byte for byte (I11), and folds to the same documents (I1)', async () => {
  const [once, again, other] = [await day(7), await day(7), await day(8)];
  expect(once.mails.length).toBeGreaterThan(2);
  expect(again.texts.length).toBe(once.texts.length);
  expect(again.texts.findIndex((text, index) => text !== once.texts[index])).toBe(-1);
  expect(other.texts[0]).not.toBe(once.texts[0]);
  expect(once.rebuilt).toEqual(once.documents);
}, 120_000);
