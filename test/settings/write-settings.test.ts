import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { parseIdealCustomer } from '../../src/agents/leads/ideal-customer.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import type { SettingsFolders } from '../../src/settings/settings-folders.ts';
import { createSetUp, withSentence } from '../../src/settings/write-settings.ts';

const ANSWERS = {
  company: 'Łódź: Druck & "Form"',
  offer: 'Printing #1\nfor everyone',
  idealCustomer: 'Bakeries that want $& signs: 10 or more',
  senderName: 'Zoë Młyn',
  senderEmail: 'zoe@druck.example',
  timeZone: 'Europe/Warsaw',
};

let folders: SettingsFolders;
const read = (name: string) => readFile(join(folders.local, name), 'utf8');

beforeEach(async () => {
  const defaults = await mkdtemp(join(tmpdir(), 'config-'));
  folders = { defaults, local: join(defaults, 'local') };
  for (const name of ['company.yaml', 'policies.yaml', 'agents.yaml', 'prices.yaml']) await cp(join('config', name), join(defaults, name));
  await mkdir(join(defaults, 'playbooks'));
  await writeFile(join(defaults, 'playbooks', 'ideal-customer.md'), '# Ideal customer\n\n> Somebody else.\n> On two lines.\n\n| points | what |\n');
});

test('the five answers come back as settings, the comments stay', async () => {
  expect(await createSetUp(folders)(ANSWERS)).toEqual({ ok: true });
  const { company, files } = await loadSettings(folders);
  expect(company).toMatchObject({
    company: ANSWERS.company,
    offer: 'Printing #1 for everyone',
    sender: { name: 'Zoë Młyn', email: 'zoe@druck.example' },
    timeZone: 'Europe/Warsaw',
    currency: 'EUR',
    // The sample company's is not theirs.
    website: null,
  });
  expect(files.find(({ name }) => name === 'company.yaml')?.own).toBe(true);
  expect(await read('company.yaml')).toContain('# Mails go out under this name and address.');
  expect(await read('playbooks/ideal-customer.md')).toBe(`# Ideal customer\n\n> ${ANSWERS.idealCustomer}\n\n| points | what |\n`);
});

test('answering again keeps what the person wrote by hand', async () => {
  await createSetUp(folders)(ANSWERS);
  await writeFile(join(folders.local, 'company.yaml'), (await read('company.yaml')).replace('people: []', 'people: # my note\n  - { id: ana, name: Ana }\n'));
  await createSetUp(folders)({ ...ANSWERS, company: 'New name' });
  expect((await loadSettings(folders)).company).toMatchObject({ company: 'New name', people: [{ id: 'ana', name: 'Ana' }] });
  expect(await read('company.yaml')).toContain('# my note');
});

test('wrong answers are named by their field, and nothing is written', async () => {
  const result = await createSetUp(folders)({ ...ANSWERS, senderEmail: 'zoe', timeZone: 'Warsaw', company: ' ' });
  expect(result.ok ? [] : result.problems.map(({ field }) => field).sort()).toEqual(['company', 'senderEmail', 'timeZone']);
  await expect(readdir(folders.local)).rejects.toThrow('ENOENT');
});

test('no draft is left behind', async () => {
  await createSetUp(folders)(ANSWERS);
  expect((await readdir(folders.local)).sort()).toEqual(['company.yaml', 'playbooks']);
});

test.each([
  { playbook: '# Title\n\nText\n', becomes: '# Title\n\n> S\n\nText\n' },
  { playbook: 'Text\n', becomes: '> S\n\nText\n' },
  { playbook: '# T\n\n> old\n', becomes: '# T\n\n> S\n' },
])('the sentence finds its place in $playbook', ({ playbook, becomes }) => {
  expect(withSentence(playbook, 'S')).toBe(becomes);
});

test('the playbook that comes with Countersign still holds after the five answers', async () => {
  await cp(join('config', 'playbooks', 'ideal-customer.md'), join(folders.defaults, 'playbooks', 'ideal-customer.md'));
  await createSetUp(folders)(ANSWERS);
  const { description } = parseIdealCustomer(await read('playbooks/ideal-customer.md'));
  expect(description).toContain(`> ${ANSWERS.idealCustomer}`);
});
