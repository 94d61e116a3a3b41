import { PlaybookError } from '../agent.ts';

/** Letters by language, then by name (`standard`, `short`, `subject` …): what `## en` and `### short` head. */
export interface Letters {
  /** The language asked for if it is there, else the first. */
  of(language: string | null): { readonly language: string; readonly letters: ReadonlyMap<string, string> };
}

const NAMES = new Set(['name', 'no name', 'their company', 'company', 'offer', 'sender', 'ask', 'ask budget', 'ask website']);

/**
 * Reads a playbook of letters (`playbooks/reply.md`, `playbooks/follow-up.md`).
 * @param needed letters each language must have
 * @throws PlaybookError
 */
export function parseLetters(markdown: string, file: string, needed: readonly string[]): Letters {
  const languages = new Map<string, Map<string, string>>();
  const headings = new Map<string, number>();
  let letters: Map<string, string> | null = null;
  let letter: string | null = null;
  for (const [index, line] of markdown
    .replace(/^\ufeff/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    const [, marks, title] = /^(##|###) +(.+?) *$/.exec(line) ?? [];
    if (marks === '##' && title !== undefined) {
      if (!/^[a-z]{2,3}$/.test(title)) throw invalid(file, index, `expected a language such as "## en", found "## ${title}"`);
      letters = new Map();
      languages.set(title, letters);
      headings.set(title, index);
      letter = null;
    } else if (marks === '###' && title !== undefined) {
      if (letters === null) throw invalid(file, index, `expected a language such as "## en" before "### ${title}"`);
      letter = title;
      letters.set(letter, '');
    } else if (letters !== null && letter !== null) {
      for (const [, name = ''] of line.matchAll(/\{([^{}]{0,40})\}/g)) {
        if (!NAMES.has(name))
          throw invalid(file, index, `expected a name that is filled in, one of ${[...NAMES].map((known) => `{${known}}`).join(', ')}; found {${name}}`);
      }
      letters.set(letter, `${letters.get(letter) ?? ''}${line}\n`);
    }
  }
  const [first] = languages.keys();
  if (first === undefined) throw invalid(file, 0, 'expected a language such as "## en" with letters under it');
  for (const [language, has] of languages) {
    const missing = needed.find((name) => (has.get(name) ?? '').trim() === '');
    if (missing !== undefined) throw invalid(file, headings.get(language) ?? 0, `expected "### ${missing}" with a text under "## ${language}", found none`);
  }
  return {
    of: (language) => {
      const found = language !== null && languages.has(language) ? language : first;
      return { language: found, letters: languages.get(found) ?? new Map() };
    },
  };
}

const invalid = (file: string, index: number, problem: string): PlaybookError => new PlaybookError(file, index + 1, problem);

/** What is known; null is not. Values are one line of plain text. */
export type Facts = Readonly<Record<string, string | null>>;

/** A letter with its facts filled in; lines that need something unknown are left out. */
export function fillIn(letter: string, facts: Facts): string {
  const kept = letter.split('\n').flatMap((line) => {
    let unknown = false;
    const filled = line.replace(/\{([^{}]{0,40})\}/g, (_, name: string) => {
      const fact = facts[name] ?? null;
      unknown ||= fact === null;
      return fact ?? '';
    });
    return unknown ? [] : [filled.trimEnd()];
  });
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
