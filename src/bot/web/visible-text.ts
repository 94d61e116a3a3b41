/**
 * Text from outside, made fit to be read (I8): escaping is the template's work, this is about
 * what stays dangerous after it. Bidirectional controls can make a text read otherwise than it
 * runs, invisible characters can hide words, and 100,000 characters can bury a button.
 */

// Bidi controls, zero-width and other invisible characters, tags, C0 and C1 except tab and line feed.
// Joiners (U+200C, U+200D) stay: Persian and emoji need them.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
// A lone surrogate cannot be sent as UTF-8.
const LONE = /\p{Surrogate}/gu;

const name = (character: string): string => `⟦U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`;

/** The text with what cannot be seen spelled out, such as `⟦U+202E⟧`. */
export const visible = (text: string): string => text.replace(/\r\n?/g, '\n').replace(HIDDEN, name).replace(LONE, '\ufffd');

export interface Cut {
  readonly text: string;
  /** Characters (UTF-16 units) left out. */
  readonly hidden: number;
}

/** The first `max` UTF-16 units, made visible, and how many were left out. Never splits a pair. */
export function cut(text: string, max: number): Cut {
  if (text.length <= max) return { text: visible(text), hidden: 0 };
  const end = /[\ud800-\udbff]/.test(text.charAt(max - 1)) ? max - 1 : max;
  return { text: visible(text.slice(0, end)), hidden: text.length - end };
}

/** One line: for titles, names, labels. Ends in `…` where it was cut. */
export function line(text: string, max = 200): string {
  const { text: start, hidden } = cut(text.replace(/\s+/g, ' ').trim(), max);
  return hidden === 0 ? start : `${start}…`;
}

/** An identifier as it can stand in an `id` attribute and, unescaped, in a CSS selector. */
export const domId = (prefix: string, id: string): string =>
  `${prefix}-${id.replace(/[^A-Za-z0-9_-]/g, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`)}`;
