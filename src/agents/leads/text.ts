/** Text as it is compared: what looks or means the same becomes the same. All linear in its length. */

const FOREIGN_LETTERS: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe', ı: 'i' };

/** Takes out controls, direction marks, zero-width and tag characters, and broken halves of pairs; line ends become `\n`. NFC. */
export const clean = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    // The two joiners are kept: several scripts, and emoji, need them.
    .replace(/[^\P{C}\n\t\u200c\u200d]/gu, '')
    .trim();

/** The same on one line, at most `max` characters (UTF-16), never half a pair. */
export const oneLine = (text: string, max: number): string => cut(clean(text.slice(0, max * 4 + 200)).replace(/\s+/gu, ' '), max);

export const cut = (text: string, max: number): string =>
  text.length <= max
    ? text
    : text
        .slice(0, max)
        .replace(/[\ud800-\udbff]$/, '')
        .trimEnd();

/** Lower case, without accents, compatibility forms resolved: `Ｍüßig` → `mussig`. */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[ßøłđðþæœı]/gu, (letter) => FOREIGN_LETTERS[letter] ?? letter);

/** The words of a text, folded. */
export const words = (text: string): string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** Folded words between single spaces, one before and after: what phrases are looked up in. */
export const searchable = (text: string): string => ` ${words(text).join(' ')} `;

/** How many single changes (swap of neighbours included) lead from one to the other; at most `limit + 1`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > limit || Math.max(a.length, b.length) > 64) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return Math.min(row[b.length] ?? 0, limit + 1);
}
