import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { companySchema } from '../agents/company.ts';
import type { FormProblem } from '../bot/card.ts';
import type { SetupAnswers } from '../bot/intents.ts';
import type { SettingsFolders } from './settings-folders.ts';

/** Saves the answers to the five questions; `problems` name the fields of `SetupAnswers`. */
export type SetUp = (answers: SetupAnswers) => Promise<{ readonly ok: true } | { readonly ok: false; readonly problems: readonly FormProblem[] }>;

/** Which answer goes where in `company.yaml`. */
const PLACES: Readonly<Record<keyof SetupAnswers, readonly string[]>> = {
  company: ['company'],
  offer: ['offer'],
  idealCustomer: ['idealCustomer'],
  senderName: ['sender', 'name'],
  senderEmail: ['sender', 'email'],
  timeZone: ['timeZone'],
};
const FIELDS = ['company', 'offer', 'idealCustomer', 'senderName', 'senderEmail', 'timeZone'] as const;

/**
 * Writes the person's own `company.yaml` and `playbooks/ideal-customer.md` into `local`, from what
 * is there already or from the defaults: comments and everything not asked for stay as they are.
 */
export const createSetUp =
  ({ defaults, local }: SettingsFolders): SetUp =>
  async (given) => {
    const own = await readFirst([join(local, 'company.yaml')]);
    const document = parseDocument(own ?? (await readFirst([join(defaults, 'company.yaml')])) ?? '');
    // Not asked for, and the sample company's is nobody else's.
    if (own === null) document.set('website', null);
    for (const field of FIELDS) document.setIn(PLACES[field], oneLine(given[field]));

    const checked = companySchema.safeParse(document.toJS());
    if (!checked.success)
      return { ok: false, problems: checked.error.issues.map((issue) => ({ field: fieldAt(issue.path.map(String)), problem: answerProblem(issue) })) };

    const playbook = await readFirst([join(local, PLAYBOOK), join(defaults, PLAYBOOK)]);
    if (playbook !== null) await writeAtomically(join(local, PLAYBOOK), withSentence(playbook, oneLine(given.idealCustomer)));
    // Last: from here on the questions count as answered.
    await writeAtomically(join(local, 'company.yaml'), document.toString({ lineWidth: 0 }));
    return { ok: true };
  };

const PLAYBOOK = join('playbooks', 'ideal-customer.md');

/** The sentence is the first quoted block (`> …`) below the front matter; without one it goes under the first heading. */
export function withSentence(playbook: string, sentence: string): string {
  const quoted = `> ${sentence}\n`;
  const [front = ''] = /^---\r?\n[\s\S]*?\n---[^\n]*(?:\n|$)/.exec(playbook) ?? [];
  const text = playbook.slice(front.length);
  const block = /^>[^\n]*\n?(?:>[^\n]*\n?)*/m;
  if (block.test(text)) return front + text.replace(block, () => quoted);
  const heading = /^# [^\n]*\n?/m;
  return front + (heading.test(text) ? text.replace(heading, (line) => `${line.trimEnd()}\n\n${quoted}`) : `${quoted}\n${text}`);
}

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** What is wrong with an answer, for who gave it; the schema's own messages say what was expected. */
export function answerProblem(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return 'Please fill this in.';
  return issue.code === 'too_big' ? `At most ${issue.maximum} characters are taken.` : `Expected ${issue.message}.`;
}

const fieldAt = (path: readonly string[]): string => FIELDS.find((field) => PLACES[field].join() === path.join()) ?? path.join('.');

async function readFirst(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return null;
}

/** The old file or the new one, whole, whatever happens in between. */
async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  const file = await open(draft, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
