import { isDisguised, words } from './text.ts';

/** `amount` null: money is spoken of, but how much could not be read. `currency` null: not said. */
export interface Money {
  readonly amount: number | null;
  readonly currency: string | null;
}

// Folded. What names a currency by itself comes first; bare codes of three letters need a number beside them.
const SIGNS = Object.entries({
  EUR: /€|(?<![a-z])(?:eur|euros?)(?![a-z])/gu,
  USD: /\$|(?<![a-z])(?:usd|dollars?|dolar(?:es)?)(?![a-z])/gu,
  GBP: /£|(?<![a-z])(?:gbp|pounds?|pfund|livres? sterling|libras?)(?![a-z])/gu,
  CHF: /(?<![a-z])(?:chf|franken|francs?|francos?)(?![a-z])/gu,
  JPY: /¥|(?<![a-z])(?:yen|jpy)(?![a-z])/gu,
  INR: /₹|(?<![a-z])(?:rupees?|inr)(?![a-z])/gu,
});
const BARE_CODE = /(?<![a-z])(?:sek|nok|dkk|pln|czk|huf|cad|aud|nzd|brl|mxn|cny|btc|eth)(?![a-z])/gu;
const OTHER_SIGN = /\p{Sc}/gu;

const PRICE_WORDS = new RegExp(
  words(`
  price* pricing cost* fee fees budget* quote* quotation* discount* rate rates invoice* retainer* payment* pay deposit*
  preis* kosten* kostet gebuhr* gebuehr* honorar* rabatt* rechnung* zahlung* anzahlung* vergutung* verguetung* pauschal*
  prix tarif* cout* devis remise* facture* honoraires acompte* paiement*
  precio* coste* costo* tarifa* presupuesto* descuento* factura* pago* honorarios`),
  'gu',
);

// Digits in groups, and a word that multiplies: `5.000,00`, `12 500`, `5k`, `2 million`.
const NUMBER = /\d{1,15}(?:[.,'’ ]\d{1,15}){0,8}(?: ?(?:(k|tsd|thousand|tausend|mille|mil)|(m|mio|mn|million[a-z]{0,4}|millones|millon))(?![a-z]))?/gu;

/** How far (characters) a currency, or a word about prices, may stand from a number to belong to it. */
const NEAR_CURRENCY = 24;
const NEAR_PRICE_WORD = 40;
/** Numbers, or currencies and words about prices, in one text; with more of them it is not read (I10). */
const MOST = 1000;
const UNREADABLE: Money = { amount: null, currency: null };

interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * Money spoken of in a folded text (`fold`). Made to ask rather once too often: every number near a
 * currency or a word about prices counts, in its largest reading (`1.500` is 1500), and a currency
 * without a number ("five thousand euros") is an amount that could not be read.
 */
export function moneyIn(folded: string): readonly Money[] {
  const numbers = [...folded.matchAll(NUMBER)].map((match) => ({ ...place(match), amount: amountOf(match) }));
  const strong = SIGNS.flatMap(([currency, pattern]) => [...folded.matchAll(pattern)].map((match) => ({ ...place(match), currency })));
  const codes = [...folded.matchAll(BARE_CODE)].map((match) => ({ ...place(match), currency: match[0].toUpperCase() }));
  const known = new Set(strong.map(({ start }) => start));
  const others = [...folded.matchAll(OTHER_SIGN)].map(place).filter(({ start }) => !known.has(start));
  const priceWords = [...folded.matchAll(PRICE_WORDS)].map(place);

  if (numbers.length > MOST || strong.length + codes.length + others.length + priceWords.length > MOST) return [UNREADABLE];

  const found: Money[] = [];
  for (const number of numbers) {
    const currencies = new Set([...strong, ...codes].filter((sign) => distance(sign, number) <= NEAR_CURRENCY).map(({ currency }) => currency));
    for (const currency of currencies) found.push({ amount: number.amount, currency });
    if (currencies.size === 0 && priceWords.some((word) => distance(word, number) <= NEAR_PRICE_WORD)) found.push({ amount: number.amount, currency: null });
  }
  const alone = [...strong, ...others].some((sign) => !numbers.some((number) => distance(sign, number) <= NEAR_CURRENCY));
  if (alone || others.length > 0 || isDisguised(folded)) found.push(UNREADABLE);
  return found;
}

/** Another currency counts whatever the amount: rates change, and are no part of a pure rule. */
export const isAbove = ({ amount, currency }: Money, threshold: { readonly amount: number; readonly currency: string }): boolean =>
  amount === null || (currency !== null && currency !== threshold.currency) || amount > threshold.amount;

const place = (match: RegExpExecArray): Place => ({ start: match.index, end: match.index + match[0].length });

const distance = (a: Place, b: Place): number => Math.max(a.start - b.end, b.start - a.end, 0);

function amountOf(match: RegExpExecArray): number {
  const digits = match[0].replace(/[^\d.,]/gu, '').replace(/[.,]$/u, '');
  const separators = digits.replace(/\d/gu, '');
  const decimals = /[.,](\d{1,2})$/u.exec(digits);
  // One or two digits after the last separator are decimals, unless that separator also groups: 5.0.0.0
  const isDecimal = decimals !== null && (separators.length === 1 || separators.at(-1) !== separators.at(-2));
  const whole = isDecimal ? digits.slice(0, decimals.index) : digits;
  const value = Number(`${whole.replace(/[.,]/gu, '')}.${isDecimal ? decimals[1] : 0}`);
  return value * (match[1] !== undefined ? 1e3 : match[2] !== undefined ? 1e6 : 1);
}
