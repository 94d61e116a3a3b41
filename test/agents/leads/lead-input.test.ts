import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBudget, roughly } from '../../../src/agents/leads/budget.ts';
import { companyKey } from '../../../src/agents/leads/company-name.ts';
import { guessLanguage } from '../../../src/agents/leads/language.ts';
import { leadInput, newLead, normalise } from '../../../src/agents/leads/lead-input.ts';
import { phoneKey, samePhone } from '../../../src/agents/leads/phone.ts';
import { lead as leadSchema } from '../../../src/store/entities.ts';

const read = (input: Record<string, string>) => normalise(leadInput.parse({ email: 'anna@acme.example', ...input })).lead;

describe('an address is brought into the form it is written to', () => {
  it.each([
    [' Anna@ACME.example ', 'anna@acme.example', 'anna@acme.example'],
    ['mailto:anna@acme.example', 'anna@acme.example', 'anna@acme.example'],
    ['"Anna Weber" <Anna+web@acme.example>', 'anna+web@acme.example', 'anna@acme.example'],
    ['anna@müller.example', 'anna@xn--mller-kva.example', 'anna@xn--mller-kva.example'],
    ['an.na.w+x@gmail.com', 'an.na.w+x@gmail.com', 'annaw@gmail.com'],
    ['an.na.w@googlemail.com', 'an.na.w@googlemail.com', 'annaw@gmail.com'],
    ['anna@acme.example,', 'anna@acme.example', 'anna@acme.example'],
    ['an\u200bna@acme\u202e.example', 'an\u200bna@acme.example'.replace('\u200b', ''), 'anna@acme.example'],
  ])('%j', (typed, written, compared) => {
    const { email, keys } = read({ email: typed });
    expect([email, keys.address]).toEqual([written, compared]);
  });

  it.each(['', 'anna', 'anna@', '@acme.example', 'anna@acme', 'a b', 'anna@acme.example\r\nBcc: x@y.example'])('%j is refused', (email) => {
    expect(leadInput.safeParse({ email }).success).toBe(false);
  });
});

describe('a domain is the company’s own, or none', () => {
  it.each([
    [{ email: 'anna@acme.example' }, 'acme.example'],
    [{ email: 'anna@gmail.com' }, null],
    [{ email: 'anna@freemail.example' }, null],
    [{ email: 'anna@example.com' }, null],
    [{ email: 'anna@gmail.com', website: 'https://www.acme.example/shop' }, 'acme.example'],
    [{ email: 'anna@gmail.com', website: 'https://instagram.com/acme' }, null],
    [{ email: 'anna@gmail.com', website: 'javascript:alert(1)' }, null],
    [{ email: 'anna@mail.acme.example' }, 'acme.example'],
  ])('%j → %s', (input, domain) => expect(read(input).keys.domain).toBe(domain));
});

describe('a budget is understood', () => {
  it.each([
    ['€5k', 500_000, 'EUR'],
    ['5.000 EUR', 500_000, 'EUR'],
    ['$10,000-20,000', 2_000_000, 'USD'],
    ['1 500 000 Ft', 150_000_000, 'HUF'],
    ['8-10k €', 1_000_000, 'EUR'],
    ['£2,500.50', 250_050, 'GBP'],
    ["CHF 9'000.-", 900_000, 'CHF'],
    ['¥800000', 800_000, 'JPY'],
    ['150万円', 1_500_000, 'JPY'],
    ['R$ 18 mil', 1_800_000, 'BRL'],
    ['US$ 3,5k', 350_000, 'USD'],
    ['20 000 zł', 2_000_000, 'PLN'],
    ['2.5 million dollars', 250_000_000, 'USD'],
    ['ca. 3000', 300_000, 'EUR'],
    ['0', 0, 'EUR'],
  ])('%s', (text, minor, currency) => expect(parseBudget(text, null, 'EUR')).toEqual({ minor, currency }));

  it.each(['', 'to be discussed', 'k€', '-'])('%j is none', (text) => expect(parseBudget(text, null, 'EUR')).toBeNull());
  it('takes the currency of the country where none is named', () =>
    expect(parseBudget('50.000 kr', 'Danmark', 'EUR')).toEqual({ minor: 5_000_000, currency: 'DKK' }));
  it('is found in the message when it stands nowhere else', () =>
    expect(read({ message: 'We sell soap. Our budget is about $4,000 for this.' }).budgetMinor).toBe(400_000));
  it('compares currencies roughly', () => expect(roughly({ minor: 150_000_000, currency: 'HUF' }, 'EUR')).toBe(375_000));
});

describe('companies and telephones are compared in one form', () => {
  it.each([
    ['Acme GmbH', 'acme'],
    ['ACME G.m.b.H.', 'acme'],
    ['Acme, Inc.', 'acme'],
    ['The Acme Company Ltd', 'acme'],
    ['Kistenkauf GmbH & Co. KG', 'kistenkauf'],
    ['Müller & Söhne AG', 'muller sohne'],
    ['Mueller und Soehne', 'muller sohne'],
    ['Lekcja sp. z o.o.', 'lekcja'],
    ['星空ラボ株式会社', '星空ラホ'],
    ['SAS Papier Fin', 'papier fin'],
    ['  ', null],
  ])('%s', (name, key) => expect(companyKey(name)).toBe(key));

  it.each([
    ['+49 (0)30 5550 1820', '030 55501820'],
    ['07700 900 412', '+44 7700 900412'],
    ['0043 660 5550188', '0660 5550188'],
  ])('%s is %s', (a, b) => {
    expect(phoneKey(a)).toBe(phoneKey(b));
    expect(samePhone(a, b)).toBe(true);
  });
  it('keeps numbers of two countries apart', () => expect(samePhone('+36 30 555 0101', '+82 30 555 0101')).toBe(false));
  it.each(['', '12345', '0000000', 'n/a'])('%j is no number', (phone) => expect(phoneKey(phone)).toBeNull());
});

describe('the language of a message is guessed', () => {
  it.each([
    ['We need help with our checkout and would like a quote.', 'en'],
    ['Wir brauchen Hilfe mit der Kasse und bitten um ein Angebot.', 'de'],
    ['Bonjour, nous cherchons quelqu’un pour notre boutique.', 'fr'],
    ['Hola, queremos cobrar a los clientes de la tienda por suscripción.', 'es'],
    ['Buongiorno, cerchiamo aiuto per il nostro negozio.', 'it'],
    ['Olá, precisamos de ajuda com a nossa loja e não sabemos como.', 'pt'],
    ['Wij zoeken hulp voor onze webshop en willen graag een offerte.', 'nl'],
    ['Dzień dobry, szukamy pomocy dla naszego sklepu, proszę o kontakt.', 'pl'],
    ['サイトの決済について相談したいです', 'ja'],
    ['نحتاج إلى بوابة دفع', 'ar'],
    ['asdf', null],
    ['', null],
  ])('%s → %s', (message, language) => expect(guessLanguage(message)).toBe(language));
});

describe('what came is cut and cleaned, never refused', () => {
  it('shows text that hides something as it is', () => {
    expect(read({ name: 'Mia\u202e drawkcab\u202c', message: 'a\u0000b\u2066c\r\nd' })).toMatchObject({ name: 'Mia drawkcab', message: 'abc\nd' });
  });
  it('keeps 4,000 characters of a message and returns the whole beside it', () => {
    const { lead, whole } = normalise(leadInput.parse({ email: 'a@acme.example', message: 'x'.repeat(1_000_000) }));
    expect([lead.message.length, whole?.length]).toEqual([4000, 1_000_000]);
  });
  it('takes the name out of a formula', () => expect(read({ name: '=HYPERLINK("http://evil.test","Ana")' }).name).toBe('Ana'));

  const anything = fc.record({
    name: fc.string({ unit: 'binary' }),
    phone: fc.string(),
    company: fc.string({ unit: 'binary' }),
    website: fc.string(),
    role: fc.string({ unit: 'grapheme' }),
    country: fc.string(),
    budget: fc.string({ unit: 'grapheme' }),
    message: fc.string({ unit: 'binary' }),
  });
  it('makes a valid lead of anything, and the same again of what it made', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const lead = read(input);
        expect(leadSchema.safeParse(newLead(lead, 'form:contact')).error).toBeUndefined();
        const { name, phone, company, website, role, country, message, keys } = lead;
        const again = read({
          name,
          phone: phone ?? '',
          company: company ?? '',
          website: website ?? '',
          role: role ?? '',
          country: country ?? '',
          message,
          budget: input.budget,
        });
        expect({ ...again, website, keys }).toEqual(lead);
      }),
      { numRuns: 300 },
    );
  });
});
