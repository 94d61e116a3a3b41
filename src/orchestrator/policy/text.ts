import type { Json, JsonObject } from '../../store/json.ts';

/**
 * Every text in a request, folded for comparing: compatibility forms, accents and invisible
 * characters gone, lower case. Anything that could hide a word from a reader is folded away or
 * reported by `isDisguised`.
 */
export const requestText = (request: JsonObject): string => fold(strings(request).join('\n'));

function strings(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (value === null || typeof value !== 'object') return [];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(strings);
}

export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/\s+/gu, ' ');

/** Latin letters mixed with lookalikes of another script inside one word. */
export const isDisguised = (folded: string): boolean => /[a-z][\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}][a-z]/u.test(folded);

// English, German, French, Spanish; folded. Whole words, or beginnings where a star follows.
const CONTRACT_WORDS = words(`
  contract* agreement* "terms and conditions" "terms of service" liabilit* liable indemni* warrant* guarantee* binding nda non-disclosure
  sla penalt* jurisdiction "letter of intent" "purchase order" "statement of work" addendum sign-off countersign*
  agb haftung* haftbar gewahrleist* gewaehrleist* garantie* garantier* verbindlich* rechtsverbindlich* unterschr* unterzeichn* kundigung* kuendigung*
  geheimhaltung* auftragsbestatigung* auftragsbestaetigung* gerichtsstand*
  contrat* accord cgv responsabilite* resiliation* confidentialite* "conditions generales" "bon de commande" contractuel*
  contrato* acuerdo* garantia* garantiza* responsabilidad* vinculante* rescision* confidencialidad* "condiciones generales" clausula* clause*`);
/** German compounds carry it at their end: Rahmenvertrag, Dienstleistungsverträge. */
const CONTRACT = new RegExp(`${CONTRACT_WORDS}|vertrag`, 'u');

/** Does the folded text speak of contracts, commitments or liability? Rather once too often. */
export const mentionsContract = (folded: string): boolean => CONTRACT.test(folded) || isDisguised(folded);

/** A list of folded words and "quoted phrases" → the source of a regular expression without backtracking. */
export function words(list: string): string {
  const entries = list.match(/"[^"]+"|\S+/g) ?? [];
  const sources = entries.map((entry) => entry.replaceAll('"', '').replace(/\*$/, '[a-z]*'));
  return `(?<![a-z])(?:${sources.join('|')})(?![a-z])`;
}
