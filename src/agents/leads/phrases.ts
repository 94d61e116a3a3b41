import { fold, words } from './text.ts';

/** Finds phrases in a text made by `searchable`. */
export interface Phrases {
  /** The phrases found, as they were written. */
  in(text: string): readonly string[];
}

// Written without spaces between words, or with particles glued to them.
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Thai}]/u;
const GAP = '..';

/**
 * A phrase is words in a row. `bill*` is any word that begins so, `*abo` one that ends so, `..`
 * stands for up to five words in between. Case and accents do not matter.
 */
export function compilePhrases(phrases: readonly string[]): Phrases {
  const tests = [...new Set(phrases)].map((phrase) => ({ phrase, holds: compile(phrase) }));
  return { in: (text) => tests.filter(({ holds }) => holds(text)).map(({ phrase }) => phrase) };
}

function compile(phrase: string): (text: string) => boolean {
  const folded = fold(phrase);
  if (UNSPACED.test(folded)) {
    const pieces = words(phrase);
    return (text) => pieces.every((piece) => text.includes(piece));
  }
  const source = folded
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => (part === GAP ? '(?: [^ ]+){0,5}' : word(part)))
    .join('');
  const open = folded.startsWith('*') ? '' : ' ';
  const simple = source.match(/^ ([^ [\]()\\]+(?: [^ [\]()\\]+)*)(\[\^ \]\*)?$/);
  if (simple?.[1] !== undefined) {
    const needle = `${open}${simple[1]}${simple[2] === undefined ? ' ' : ''}`;
    return (text) => text.includes(needle);
  }
  const expression = new RegExp(`${open}${source.slice(1)}(?= )`);
  return (text) => expression.test(text);
}

function word(part: string): string {
  const parts = words(part);
  return parts.length === 0 ? '' : ` ${parts.join(' ')}${part.endsWith('*') ? '[^ ]*' : ''}`;
}

/** Phrases written one after the other with `|` between them. */
export const phraseList = (text: string): string[] =>
  text
    .split('|')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
