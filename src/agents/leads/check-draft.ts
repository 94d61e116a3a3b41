import { parseNumber } from './budget.ts';
import { fold } from './text.ts';

const FIGURE = /\d(?:[\d.,'’]*\d)?/g;
const LINK =
  /(?:https?:\/\/|www\.)[^\s<>"')\]]+|[^\s<>"'()[\],;]+@[^\s<>"'()[\],;]+|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|co|de|fr|es|it|eu|uk|us|ru|cn|info|biz|shop|app|dev|xyz|top|example|test)\b[^\s<>"')\]]*/gi;

/** What a model's draft says that stands in none of its sources: figures and links nobody gave it. For a person. */
export function inventedIn(draft: string, sources: readonly string[]): readonly string[] {
  const known = fold(sources.join('\n'));
  const knownFigures = new Set(figures(known));
  const links = (draft.match(LINK) ?? []).map((link) => link.replace(/[.,;:!?]+$/, ''));
  const strange = links.filter((link) => !known.includes(fold(link)));
  const rest = links.reduce((text, link) => text.replace(link, ' '), draft);
  return [...new Set([...strange, ...figures(rest).filter((figure) => !knownFigures.has(figure))])];
}

/** Equal numbers have equal texts, however their digits are grouped. */
const figures = (text: string): string[] => (text.match(FIGURE) ?? []).map((figure) => String(parseNumber(figure) ?? figure));
