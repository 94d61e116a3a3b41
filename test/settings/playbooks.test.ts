import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { AGENTS } from '../../src/agents/registry.ts';
import { findPlaybooks, readPlaybooks } from '../../src/settings/playbooks.ts';
import type { SettingsFolders } from '../../src/settings/settings-folders.ts';
import { CODE } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

const KNOWN = AGENTS.flatMap(({ playbooks }) => playbooks ?? []);
let folders: SettingsFolders;
const own = (name: string, text: string | Uint8Array) => writeFile(join(folders.local, 'playbooks', `${name}.md`), text);
const shipped = (name: string) => readFile(join(CODE, 'config', 'playbooks', `${name}.md`), 'utf8');
const read = async () => readPlaybooks(folders, await findPlaybooks(folders), KNOWN);
const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split('\n').length;

beforeEach(async () => {
  const folder = temporaryFolder();
  folders = { defaults: join(folder, 'config'), local: join(folder, 'local') };
  await cp(join(CODE, 'config', 'playbooks'), join(folders.defaults, 'playbooks'), { recursive: true });
  await mkdir(join(folders.local, 'playbooks'), { recursive: true });
});

it('what agents work by is what we ship', async () => {
  const { texts, problems } = await read();
  expect(problems).toEqual([]);
  expect([...texts.keys()].sort()).toEqual(KNOWN.map(({ name }) => name).sort());
});

it("the person's own stands for ours, and may be one we do not know", async () => {
  const mine = (await shipped('reply')).replace('Hello {name}', 'Dear {name}');
  await own('reply', mine);
  await own('my-notes', 'Anything');
  const { texts, problems } = await read();
  expect(problems).toEqual([]);
  expect(texts.get('reply')).toBe(mine);
  expect(texts.get('my-notes')).toBe('Anything');
});

describe('a mistake is named with its file and line, and what was expected', () => {
  it.each([
    { name: 'ideal-customer', from: 'fit: 50', to: 'fit: fifty', at: 'fit: fifty', says: 'fit: expected a number, found "fifty"' },
    { name: 'ideal-customer', from: 'unfit: 15', to: 'unfit: 99', at: 'unfit: 99', says: 'expected unfit (99) to be at most fit (50)' },
    { name: 'ideal-customer', from: 'criteria:', to: 'criterias:', at: 'criterias:', says: 'criterias: expected no such key. Did you mean criteria?' },
    {
      name: 'ideal-customer',
      from: 'minimum: 2000 EUR',
      to: 'minimum: 2000',
      at: 'minimum: 2000',
      says: 'expected an amount with a currency such as 2000 EUR, found 2000',
    },
    { name: 'reply', from: '## de', to: '## german', at: '## german', says: 'expected a language such as "## en", found "## german"' },
    { name: 'reply', from: 'Hello {name},', to: 'Hello {nmae},', at: '{nmae}', says: 'found {nmae}' },
    { name: 'follow-up', from: '### second', to: '### third', at: '## en', says: 'expected "### second" with a text under "## en", found none' },
  ])('$name: $says', async ({ name, from, to, at, says }) => {
    const text = (await shipped(name)).replace(from, to);
    await own(name, text);
    const { problems } = await read();
    expect(problems).toContainEqual(
      expect.objectContaining({ file: join(folders.local, 'playbooks', `${name}.md`), line: lineOf(text, at), message: expect.stringContaining(says) }),
    );
  });

  it('all of the front matter at once, also with the line ends of Windows', async () => {
    const text = (await shipped('ideal-customer')).replace('fit: 50', 'fit: fifty').replace('weight: 40', 'weight: much');
    await own('ideal-customer', text.replaceAll('\n', '\r\n'));
    const { problems } = await read();
    expect(problems.map(({ line }) => line)).toEqual(expect.arrayContaining([lineOf(text, 'fit: fifty'), lineOf(text, 'weight: much')]));
  });

  it('missing, too large, not UTF-8', async () => {
    await rm(join(folders.defaults, 'playbooks', 'follow-up.md'));
    await own('reply', 'x'.repeat(300_000));
    await own('ideal-customer', new Uint8Array([0xff, 0xfe, 0x20]));
    const { problems } = await read();
    expect(problems.map(({ file, message }) => `${file.split('/').at(-1)} ${message}`)).toEqual([
      'ideal-customer.md expected text in UTF-8',
      'reply.md expected at most 200000 bytes, found 300000',
      expect.stringContaining('follow-up.md expected this playbook, found none'),
    ]);
  });
});
