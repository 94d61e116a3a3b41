import { domainOf } from './address.ts';
import type { NormalLead } from './lead-input.ts';
import { signsOf, unmask } from './spam-signs.ts';
import { words } from './text.ts';

/** One thing the classifier looks at. */
export interface Feature {
  /** What its weight is found by. */
  readonly key: string;
  readonly value: number;
  /** Where it comes from, and what a person is shown of it. */
  readonly kind: 'text' | 'sender' | 'sign';
  readonly shown: string;
  readonly detail: string;
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
/** Of all words together, however long the message. */
const TEXT = 4;
const LAST = 2;
const SENDER = 2;

/** @param topical the message speaks of what the company does */
export function featuresOf(lead: NormalLead, topical: boolean): readonly Feature[] {
  const text = textFeatures(unmask(lead.message).slice(0, 4000));
  const sender = new Map(
    [lead.role ?? '', lead.company ?? '', domainOf(lead.email).split('.').slice(0, -1).join(' ')]
      .flatMap((part) => words(part))
      .map((word) => [`s:${word}`, word]),
  );
  return [
    ...scaled(text, 'text', TEXT),
    ...scaled(lastWords(lead.message), 'text', LAST),
    ...scaled(sender, 'sender', SENDER),
    ...signsOf(lead, topical).map(({ name, strength, detail }) => ({ key: `!${name}`, value: strength, kind: 'sign' as const, shown: name, detail })),
  ];
}

/** Longer texts have more features, each of which then counts for less. */
function scaled(found: ReadonlyMap<string, string>, kind: Feature['kind'], scale: number): Feature[] {
  const value = scale / Math.sqrt(Math.max(20, found.size));
  return [...found].map(([key, shown]) => ({ key, value, kind, shown, detail: '' }));
}

/** Of the last sentence, where people say what they want: up to twelve words and the pairs of them. */
function lastWords(message: string): ReadonlyMap<string, string> {
  const sentences = message
    .slice(-1000)
    .split(/[.!?。！？؟\n]+/)
    .map(words);
  const last = (sentences.findLast((sentence) => sentence.length > 0) ?? []).slice(-12);
  return new Map(
    last.flatMap((word, at) => [[`l:${word}`, word], ...(at === 0 ? [] : [[`l:${last[at - 1]} ${word}`, `${last[at - 1]} ${word}`]])] as [string, string][]),
  );
}

/** Words, pairs of words, beginnings and pieces of long words; of scripts without spaces, pieces of up to three signs. */
function textFeatures(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (key: string, shown: string) => {
    if (!found.has(key)) found.set(key, shown);
  };
  let before = '^';
  for (const raw of words(text)) {
    const word = /^\d+$/.test(raw) ? '#'.repeat(Math.min(raw.length, 5)) : raw;
    if (UNSPACED.test(word)) {
      const signs = [...word].slice(0, 400);
      for (let at = 0; at < signs.length; at++)
        for (const length of [1, 2, 3])
          if (at + length <= signs.length) add(`c:${signs.slice(at, at + length).join('')}`, signs.slice(at, at + length).join(''));
      before = '^';
      continue;
    }
    add(`w:${word}`, word);
    add(`b:${before} ${word}`, before === '^' ? word : `${before} ${word}`);
    if (word.length >= 6) add(`p:${word.slice(0, 5)}`, word);
    if (word.length >= 8) for (let at = 0; at + 5 <= word.length; at++) add(`g:${word.slice(at, at + 5)}`, word);
    before = word;
  }
  return found;
}
