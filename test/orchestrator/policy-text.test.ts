import { describe, expect, test } from 'vitest';
import { isAbove, moneyIn } from '../../src/orchestrator/policy/money.ts';
import { fold, mentionsContract, requestText } from '../../src/orchestrator/policy/text.ts';

describe('contract language', () => {
  test.each([
    'Please find the contract attached.',
    'We guarantee delivery by May.',
    'Our TERMS AND CONDITIONS apply.',
    'Anbei unser Rahmenvertrag.',
    'Unsere Dienstleistungsverträge sind kündbar.',
    'Wir übernehmen keine Haftung.',
    'Wir bestätigen das verbindlich.',
    'Ci-joint le contrat à signer.',
    'Notre responsabilité est limitée.',
    'Adjuntamos el contrato firmado.',
    'La garantía es de dos años.',
    'con\u200Btract',
    'c\u00ADontract',
    'ｃｏｎｔｒａｃｔ',
    'c\u043Entract', // Cyrillic о
    'cóntràct',
  ])('%s', (text) => {
    expect(mentionsContract(fold(text))).toBe(true);
  });

  test.each([
    'Thank you for your message. Shall we talk on Tuesday?',
    'Vielen Dank, wir melden uns unverbindlich am Montag.',
    'Merci, nous vous rappelons demain.',
    'Gracias, hablamos mañana.',
    'Спасибо за письмо.',
    'Ευχαριστώ πολύ.',
  ])('not: %s', (text) => {
    expect(mentionsContract(fold(text))).toBe(false);
  });
});

describe('money above 500 EUR', () => {
  const above = (text: string) => moneyIn(fold(text)).some((money) => isAbove(money, { amount: 500, currency: 'EUR' }));

  test.each([
    'It costs €501.',
    'It costs 1.500 €.',
    'It costs 1,500.00 EUR.',
    'Das macht 1.500,00 Euro.',
    'Das macht 12 500 Euro.',
    "Das macht CHF 1'500.",
    'EUR5000',
    'about 5k euros',
    'rund 5 Tsd. Euro',
    'environ 2 mille euros',
    'unos 3 mil euros',
    '2 million euros',
    'between 400 and 900 €',
    '€400–900',
    'the price is 5000',
    'Der Preis liegt bei 5.000.',
    'Le tarif est de 2000.',
    'El precio es 2000.',
    'five thousand euros', // cannot be read
    'fünftausend Euro',
    'five thousand dollars',
    '20 USD', // another currency
    '£20',
    '20 ₽',
    '5\u200B000 €',
    '5 0 0 0 €',
    '5.0.0.0 €',
    '٥٠٠٠ €', // digits of another script cannot be read
    '５０００ €',
  ])('%s', (text) => {
    expect(above(text)).toBe(true);
  });

  test.each([
    'It costs 500 €.',
    'Das macht 499,99 Euro.',
    'It costs €1.50.',
    'Call us at +49 30 1234567.',
    'We have been here since 2019.',
    'See you on 12.11.2026 at 10:00.',
    'Thank you for writing.',
  ])('not: %s', (text) => {
    expect(above(text)).toBe(false);
  });
});

test('every text of a request counts, however deep', () => {
  expect(requestText({ subject: 'One', body: { lines: ['Two', { note: 'Three' }], amount: 4 }, none: null, flag: true })).toBe('one two three 4');
});

test('a text as long as an event is read in one go', () => {
  // Patterns that backtrack would not come back from these.
  for (const text of [
    '1 '.repeat(30_000),
    '1.'.repeat(30_000),
    '€'.repeat(5_000),
    'a'.repeat(60_000),
    'k 1'.repeat(20_000),
    '1€ '.repeat(20_000),
    'price '.repeat(10_000),
  ]) {
    expect(mentionsContract(fold(text))).toBe(false);
    expect(Array.isArray(moneyIn(fold(text)))).toBe(true);
  }
});
