import { fold } from './text.ts';

export interface Money {
  /** In the currency's minor unit (cents; whole yen). */
  readonly minor: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** Without a minor unit in ISO 4217. */
const WHOLE: ReadonlySet<string> = new Set(['JPY', 'KRW', 'CLP', 'VND', 'ISK', 'PYG', 'UGX', 'XAF', 'XOF']);
export const minorUnits = (currency: string): number => (WHOLE.has(currency) ? 1 : 100);

const CODES = new Set(
  'EUR USD GBP CHF PLN HUF CZK SEK NOK DKK JPY CNY INR BRL MXN CAD AUD NZD SGD HKD TRY RUB UAH RON BGN ILS AED SAR MAD EGP ZAR NGN KES COP CLP ARS PEN KRW THB IDR VND PHP MYR ISK TWD'.split(
    ' ',
  ),
);

/** First match wins, so `R$` stands before `$`. Of folded text. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/€|\beuros?\b|\beuronen\b/, 'EUR'],
  [/us\$|u\$s|\busd\b/, 'USD'],
  [/r\$|\breais\b|\breal\b/, 'BRL'],
  [/mx\$|\bpesos mexicanos\b/, 'MXN'],
  [/ca\$|c\$/, 'CAD'],
  [/au\$|a\$/, 'AUD'],
  [/s\$/, 'SGD'],
  [/hk\$/, 'HKD'],
  [/£|\bpounds?\b|\bquid\b|\bgbp\b/, 'GBP'],
  [/\bsfr\b|\bfr\.|\bfranken\b|\bchf\b/, 'CHF'],
  [/\bzl\b|\bzlotych\b|\bzloty\b|\dzl/, 'PLN'],
  [/\bft\b|\bforint\b/, 'HUF'],
  [/\bkc\b|\bkorun\b/, 'CZK'],
  [/\bkronor\b/, 'SEK'],
  [/\bkroner\b/, 'DKK'],
  [/¥|円|\byen\b/, 'JPY'],
  [/元|\brmb\b|\byuan\b/, 'CNY'],
  [/₹|\brs\.?\b|\brupees?\b|\blakhs?\b/, 'INR'],
  [/₺|\btl\b|\blira\b/, 'TRY'],
  [/₽|\brub(?:les?)?\b/, 'RUB'],
  [/₴|\bhryvnia\b/, 'UAH'],
  [/₪|\bshekels?\b/, 'ILS'],
  [/\bdirhams?\b|درهم/, 'AED'],
  [/\bdollars?\b|\bdolares\b|\$/, 'USD'],
];

/** What is meant where only a number, or `kr`, is written. Of a folded country. */
const BY_COUNTRY: readonly (readonly [RegExp, string])[] = [
  [/^(?:uk|gb|united kingdom|great britain|england|scotland|wales)$/, 'GBP'],
  [/^(?:us|usa|united states.*)$/, 'USD'],
  [/^(?:ch|switzerland|schweiz|suisse|svizzera)$/, 'CHF'],
  [/^(?:pl|poland|polska|polen)$/, 'PLN'],
  [/^(?:se|sweden|sverige|schweden)$/, 'SEK'],
  [/^(?:no|norway|norge)$/, 'NOK'],
  [/^(?:dk|denmark|danmark)$/, 'DKK'],
  [/^(?:hu|hungary|magyarorszag)$/, 'HUF'],
  [/^(?:cz|czechia|cesko|czech republic)$/, 'CZK'],
  [/^(?:jp|japan|日本)$/, 'JPY'],
  [/^(?:in|india)$/, 'INR'],
  [/^(?:br|brazil|brasil)$/, 'BRL'],
  [/^(?:ca|canada)$/, 'CAD'],
  [/^(?:au|australia)$/, 'AUD'],
];

const NUMBER = /\d[\d .,'’\u00a0\u202f]{0,18}/g;
const MULTIPLIER =
  /^\s*(?:(k|tsd|tausend|thousand|grand|mila|mille|mil|tys|tysiecy|duizend|tusen|tusind|tis|tisic|ezer|tuhat|bin|mii|тыс|тысяч|тисяч|千|천|الف)|(m|mio|mill|million|millions|millionen|mln|millones|millon|milhoes|milioni|milione|miljoen|miljoner|millioner|milionow|miliony|миллион\p{L}*|млн|百万|مليون)|(万|만)|(lakhs?))(?![a-zа-я])/u;

/**
 * Money as people write it: `€5k`, `5.000 EUR`, `$10,000-20,000`, `1 500 000 Ft`, `150万円`. Of a
 * range, the upper end. null when there is no number, or none that can be meant.
 * @param otherwise the currency where neither sign nor country tells one
 */
export function parseBudget(text: string, country: string | null, otherwise: string | null): Money | null {
  const folded = fold(text.slice(0, 200)).replace(/[\u00a0\u202f]/g, ' ');
  const amounts = [...folded.matchAll(NUMBER)].flatMap((match) => {
    const number = parseNumber(match[0].trim());
    const rest = folded.slice(match.index + match[0].length);
    return number === null ? [] : [{ number, times: multiplier(rest) }];
  });
  if (amounts.length === 0) return null;
  // In `8-10k` the k belongs to both.
  const last = amounts.at(-1)?.times ?? 1;
  const value = Math.max(...amounts.map(({ number, times }) => number * (times === 1 && number < 1000 ? last : times)));
  const currency = currencyIn(folded, country, otherwise);
  // "about 3" means thousands, or nothing anybody could name.
  if (currency === null || (value > 0 && value < 100 && currencyIn(folded, null, null) === null)) return null;
  const minor = Math.round(value * minorUnits(currency));
  return minor <= 1e14 ? { minor, currency } : null;
}

function multiplier(rest: string): number {
  const [, thousand, million, tenThousand, lakh] = MULTIPLIER.exec(rest) ?? [];
  if (thousand !== undefined) return 1e3;
  if (million !== undefined) return 1e6;
  if (tenThousand !== undefined) return 1e4;
  return lakh === undefined ? 1 : 1e5;
}

/** `1.500`, `1,500.00`, `1 500 000`, `9'000`, `2,5`: a separator before exactly three digits groups thousands. */
export function parseNumber(text: string): number | null {
  const bare = text.replace(/[ '’]/g, '').replace(/[.,]+$/, '');
  const [, whole, decimals] = /^([\d.,]*?)(?:[.,](\d{1,2}))?$/.exec(bare) ?? [];
  if (whole === undefined) return null;
  const value = Number(`${whole.replace(/[.,]/g, '')}.${decimals ?? 0}`);
  return Number.isFinite(value) ? value : null;
}

function currencyIn(folded: string, country: string | null, otherwise: string | null): string | null {
  const code = folded
    .toUpperCase()
    .match(/[A-Z]{3}/g)
    ?.find((letters) => CODES.has(letters));
  if (code !== undefined) return code;
  const sign = SIGNS.find(([pattern]) => pattern.test(folded))?.[1];
  if (sign !== undefined) return sign;
  const land = fold(country ?? '').trim();
  const local = BY_COUNTRY.find(([pattern]) => pattern.test(land))?.[1];
  return /\bkr\b/.test(folded) ? (local ?? 'SEK') : (local ?? otherwise);
}

const BUDGET_WORD = /(?:budget|presupuesto|orcamento|budzet|preisrahmen|can (?:pay|spend))/;

/** A budget named in a sentence: money within 60 characters of the word. Only with a currency. */
export function budgetInText(text: string, country: string | null): Money | null {
  const folded = fold(text.slice(0, 8000));
  const found = BUDGET_WORD.exec(folded);
  return found === null ? null : parseBudget(folded.slice(found.index, found.index + 70).split(/[.!?\n](?!\d)/)[0] ?? '', country, null);
}

/** Units of each currency in one euro, roughly: only to compare and to order, never shown. */
const PER_EURO: Readonly<Record<string, number>> = {
  USD: 1.1,
  GBP: 0.85,
  CHF: 0.95,
  PLN: 4.3,
  HUF: 400,
  CZK: 25,
  SEK: 11.3,
  NOK: 11.7,
  DKK: 7.5,
  JPY: 165,
  CNY: 7.8,
  INR: 93,
  BRL: 6.2,
  MXN: 20,
  CAD: 1.5,
  AUD: 1.7,
  NZD: 1.9,
  SGD: 1.45,
  HKD: 8.6,
  TRY: 45,
  RUB: 95,
  UAH: 46,
  RON: 5,
  BGN: 1.96,
  ILS: 4,
  AED: 4,
  SAR: 4.1,
  MAD: 10.7,
  EGP: 54,
  ZAR: 20,
  NGN: 1700,
  KES: 142,
  COP: 4500,
  CLP: 1050,
  ARS: 1300,
  PEN: 4.1,
  KRW: 1550,
  THB: 38,
  IDR: 18000,
  VND: 28000,
  PHP: 64,
  MYR: 4.8,
  ISK: 145,
  TWD: 35,
};

/** About how much it is in another currency's minor units. */
export function roughly({ minor, currency }: Money, wanted: string): number {
  const euros = minor / minorUnits(currency) / (PER_EURO[currency] ?? 1);
  return Math.round(euros * (PER_EURO[wanted] ?? 1) * minorUnits(wanted));
}
