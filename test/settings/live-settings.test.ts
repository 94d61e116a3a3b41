import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CODE, type Company, openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

const WANTED = 'Our subscriptions and invoices are a mess, can you fix the billing? Our budget is 8,000 EUR.';

describe('a playbook changed while the server runs', () => {
  let company: Company;
  let playbooks: string;
  let shipped: string;
  let unfollow = () => {};
  beforeEach(async () => {
    const folder = temporaryFolder();
    playbooks = join(folder, 'config', 'playbooks');
    await mkdir(playbooks, { recursive: true });
    shipped = await readFile(join(CODE, 'config', 'playbooks', 'reply.md'), 'utf8');
    company = await openCompany({ folder });
    const { settings, kernel } = company.house;
    unfollow = await settings.follow(kernel.journal, kernel.clock, (error) => expect.fail(String(error)));
  });
  afterEach(async () => {
    unfollow();
    await company.stop();
  });

  const saves = async (text: string) => {
    await writeFile(join(playbooks, 'reply.md'), text);
    await company.advance(3_000);
  };
  const problems = async () => (await company.house.desk.status()).problems.filter((problem) => problem.includes('reply.md'));
  const replyTo = async (name: string) => {
    await company.writes(name, `${name}@${name}.example`, WANTED, { company: name });
    const card = (await company.cards()).find(({ items }) => JSON.stringify(items).includes(`${name}@${name}.example`));
    return JSON.stringify(card?.items);
  };

  it('is in force at once', async () => {
    await saves(shipped.replaceAll('Hello {name},', 'Ahoy {name},'));
    expect(await replyTo('ada')).toContain('Ahoy');
  });

  it('with a mistake: the one before stays in force, the page says what is wrong until it is mended', async () => {
    await saves(shipped.replaceAll('Hello {name},', 'Ahoy {name},'));
    await saves(shipped.replaceAll('Hello {name},', 'Ahoy {nmae},'));
    expect(await problems()).toEqual([expect.stringMatching(/reply\.md:\d+:1 expected a name that is filled in.*found \{nmae\}/)]);
    const [notice] = (await company.house.desk.feed({ limit: 20 })).filter(({ kind }) => kind === 'notice');
    expect(notice).toMatchObject({ title: expect.stringContaining('reply.md has an error; the settings before it stay in force'), tone: 'bad' });
    expect(await replyTo('bea')).toContain('Ahoy');

    // Told to pages that are open, too.
    const told: string[] = [];
    const stop = company.house.desk.onChange((threads) => told.push(...threads));
    await saves(shipped);
    stop();
    expect(await problems()).toEqual([]);
    expect(told).toContain('status');
    expect(await replyTo('cai')).not.toContain('Ahoy');
  });
});
