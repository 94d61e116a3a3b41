import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Playbook, PlaybookError } from '../agents/agent.ts';
import { SettingsError, type SettingsProblem } from './settings-error.ts';
import type { SettingsFolders } from './settings-folders.ts';
import { parseYaml } from './yaml-file.ts';

const FOLDER = 'playbooks';
/** Far more than anybody writes, and than a model should be shown (I10). */
const MAX_BYTES = 200_000;

/** A playbook in force. */
export interface PlaybookFile {
  /** Without `.md`. */
  readonly name: string;
  readonly path: string;
  /** The person's own, in `local`. */
  readonly own: boolean;
}

/** Every playbook there is; one in `local` stands for the whole file of that name in `defaults`. */
export async function findPlaybooks({ defaults, local }: SettingsFolders): Promise<readonly PlaybookFile[]> {
  const found = new Map<string, PlaybookFile>();
  for (const [folder, own] of [[defaults, false] as const, [local, true] as const]) {
    for (const file of await namesIn(join(folder, FOLDER))) {
      const name = file.slice(0, -'.md'.length);
      found.set(name, { name, path: join(folder, FOLDER, file), own });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((file) => /^[a-z0-9-]+\.md$/.test(file));
  } catch {
    // No such folder: nothing of the person's own.
    return [];
  }
}

export interface CheckedPlaybooks {
  /** Name → text, of those that could be read. */
  readonly texts: ReadonlyMap<string, string>;
  readonly problems: readonly SettingsProblem[];
}

/** Reads them all, and checks those that agents work by: a mistake is told when the file is read, not once for every lead. */
export async function readPlaybooks(folders: SettingsFolders, files: readonly PlaybookFile[], known: readonly Playbook[]): Promise<CheckedPlaybooks> {
  const problems: SettingsProblem[] = [];
  const texts = new Map<string, string>();
  for (const file of files) {
    const read = await readText(file.path);
    if ('problem' in read) problems.push(at(file.path, 1, read.problem));
    else texts.set(file.name, read.text);
  }
  for (const playbook of known) {
    const file = files.find(({ name }) => name === playbook.name);
    const text = texts.get(playbook.name);
    if (file === undefined) {
      const missing = join(folders.defaults, FOLDER, `${playbook.name}.md`);
      problems.push(at(missing, 1, `expected this playbook, found none; restore it, or put one of your own into ${join(folders.local, FOLDER)}`));
    } else if (text !== undefined) problems.push(...problemsIn(playbook, file.path, text));
  }
  return { texts, problems };
}

async function readText(path: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_BYTES) return { problem: `expected at most ${MAX_BYTES} bytes, found ${bytes.length}` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return {
      problem:
        error instanceof TypeError ? 'expected text in UTF-8' : `expected a file that can be read; ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function problemsIn({ frontMatter, check }: Playbook, path: string, text: string): readonly SettingsProblem[] {
  try {
    const yaml = frontMatterOf(text);
    // All of it at once, and in the words of the other settings; what only the agent can tell, it tells below.
    if (frontMatter !== undefined && yaml !== null) parseYaml(yaml, path, frontMatter);
    check(text);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    if (error instanceof PlaybookError) return [at(path, error.line, error.problem)];
    throw error;
  }
}

/** The YAML between `---` and `---` at the top, on the lines it stands on; null where there is none. */
function frontMatterOf(text: string): string | null {
  const [, yaml] = /^---[ \t]*\r?\n([\s\S]*?\n)---/.exec(text.replace(/^\ufeff/, '')) ?? [];
  return yaml === undefined ? null : `\n${yaml}`;
}

const at = (file: string, line: number, message: string): SettingsProblem => ({ file, line, column: 1, message });
