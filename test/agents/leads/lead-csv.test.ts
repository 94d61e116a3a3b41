import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CSV_LIMITS } from '../../../src/agents/leads/csv-file.ts';
import { leadColumn } from '../../../src/agents/leads/lead-columns.ts';
import { readAddressesCsv, readLeadsCsv } from '../../../src/agents/leads/lead-csv.ts';
import { CountersignError } from '../../../src/store/errors.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readLeadsCsv(utf8(text));

describe('headers of form tools and CRMs are recognised', () => {
  it.each([
    [
      'HubSpot',
      'Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Company Name,Job Title,Create Date',
      [null, 'firstName', 'lastName', 'email', 'phone', null, 'company', 'role', null],
    ],
    ['Pipedrive', 'Person - Name,Person - Email - Work,Person - Phone - Work,Organization - Name,Lead - Title', ['name', 'email', 'phone', 'company', null]],
    [
      'Salesforce',
      'FirstName,LastName,Title,Company,Email,MobilePhone,Country,LeadSource,Status,Description',
      ['firstName', 'lastName', 'role', 'company', 'email', 'phone', 'country', null, null, 'message'],
    ],
    [
      'Zoho',
      'Lead Id,Company,First Name,Last Name,Designation,Email,Website,Email Opt Out',
      [null, 'company', 'firstName', 'lastName', null, 'email', 'website', null],
    ],
    [
      'Typeform',
      "#,What's your name?,What is your email address?,How can we help you?,What's your budget?,Submitted At",
      [null, 'name', 'email', 'message', 'budget', null],
    ],
    ['Google Forms', 'Zeitstempel,Ihr Name,E-Mail-Adresse,Ihre Nachricht', [null, 'name', 'email', 'message']],
    ['Mailchimp', 'Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,LEID', ['email', 'firstName', 'lastName', null, null, null]],
    [
      'LinkedIn',
      'leadId,First Name,Last Name,Work Email,Company Name,Job Title,Phone number',
      [null, 'firstName', 'lastName', 'email', 'company', 'role', 'phone'],
    ],
    [
      'German',
      'Vorname,Nachname,E-Mail,Telefon,Firma,Webseite,Land,Anfrage',
      ['firstName', 'lastName', 'email', 'phone', 'company', 'website', 'country', 'message'],
    ],
    [
      'French',
      'Prénom,Nom,Adresse e-mail,Téléphone,Société,Site web,Pays,Votre message',
      ['firstName', 'name', 'email', 'phone', 'company', 'website', 'country', 'message'],
    ],
    [
      'Spanish',
      'Nombre,Apellidos,Correo electrónico,Teléfono,Empresa,Cargo,País,Presupuesto,Mensaje',
      ['name', 'lastName', 'email', 'phone', 'company', 'role', 'country', 'budget', 'message'],
    ],
  ])('%s', (_, headers, fields) => expect(headers.split(',').map(leadColumn)).toEqual(fields));

  it.each([
    ['Vorname,Nachname,E-Mail', 'Anna,Weber'],
    ['Vorname,Name,E-Mail', 'Anna,Weber'],
    ['Nombre,Apellidos,Correo', 'Anna,Weber'],
    ['Name,Vorname,Mail', 'Weber,Anna'],
    ['Full name,x,Email', 'Anna Weber,y'],
  ])('joins the name of %s', (headers, name) => {
    expect(read(`${headers}\n${name},anna@acme.example\n`).rows[0]?.input.name).toBe('Anna Weber');
  });
});

describe('a file is read however it was written', () => {
  const rows = 'name,email,message\nJörg,jorg@acme.example,"Guten Tag,\nzweite Zeile"\n';
  const expected = [{ line: 2, name: 'Jörg', message: 'Guten Tag,\nzweite Zeile' }];
  const utf16 = (text: string, little: boolean) => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    return new Uint8Array(little ? bytes : bytes.swap16());
  };
  it.each([
    ['UTF-8', utf8(rows)],
    ['UTF-8 with a byte order mark', utf8(`\ufeff${rows}`)],
    ['Windows-1252', new Uint8Array(Buffer.from(rows, 'latin1'))],
    ['UTF-16 LE', utf16(rows, true)],
    ['UTF-16 BE', utf16(rows, false)],
    ['Windows line ends', utf8(rows.replaceAll('\n', '\r\n'))],
    ['semicolons', utf8(rows.replace(/,(?! |\n)/g, ';').replace('Guten Tag;', 'Guten Tag,'))],
    ['tabs', utf8(rows.replace(/,(?!\n)/g, '\t').replace('Tag\t', 'Tag,'))],
  ])('%s', (_, bytes) => {
    expect(readLeadsCsv(bytes).rows.map(({ line, input }) => ({ line, name: input.name, message: input.message?.replaceAll('\r\n', '\n') }))).toEqual(expected);
  });

  it('honours the hint of Excel, and counts its line', () => {
    expect(read('sep=;\nname;email\nAnna;anna@acme.example\n').rows).toMatchObject([{ line: 3, input: { name: 'Anna' } }]);
  });
  it('takes back the apostrophe exports put before formulas', () =>
    expect(read("email,phone\na@acme.example,'+49 30 123456\n").rows[0]?.input.phone).toBe('+49 30 123456'));
});

describe('each line that cannot be a lead is named with its reason', () => {
  it('by its line in the file, whatever stands before it', () => {
    const { rows, rejected } = read('email,message\na@acme.example,"two\nlines"\n\nnot-an-address,x\n,y\nb@acme.example,z\nc@acme.example,z,too,many\n');
    expect(rows.map(({ line }) => line)).toEqual([2, 7]);
    expect(rejected).toEqual([
      { line: 5, why: 'not an e-mail address: "not-an-address"' },
      { line: 6, why: 'no e-mail address' },
      { line: 8, why: expect.stringContaining('expected 2 fields as in the first line, found 4') },
    ]);
  });
  it('where a quotation mark is never closed', () => {
    const { rows, rejected } = read('email,message\na@acme.example,ok\nb@acme.example,"open\nc@acme.example,lost\n');
    expect(rows).toHaveLength(1);
    expect(rejected).toEqual([{ line: 3, why: expect.stringContaining('never closed') }]);
  });
  it('where a field is too long', () => {
    const { rejected } = readLeadsCsv(utf8(`email,message\na@acme.example,${'x'.repeat(50)}\n`), { ...CSV_LIMITS, maxField: 20 });
    expect(rejected).toEqual([{ line: 2, why: 'message: 50 characters; at most 20 are taken' }]);
  });
});

describe('a file that cannot be leads is refused as a whole', () => {
  it.each([
    [
      'no column of addresses',
      utf8('name,fax\nAnna,123\n'),
      CSV_LIMITS,
      'No column of e-mail addresses was found. The first line should name one, such as "email"; it has: "name", "fax".',
    ],
    ['empty', utf8(''), CSV_LIMITS, 'The file is empty'],
    ['too many rows', utf8('email\na@b.example\nc@d.example\n'), { ...CSV_LIMITS, maxRows: 1 }, 'The file has 2 rows; at most 1'],
    ['too large', utf8('email\na@b.example\n'), { ...CSV_LIMITS, maxBytes: 5 }, 'at most 5 are taken'],
  ])('%s', (_, bytes, limits, message) => {
    expect(() => readLeadsCsv(bytes, limits)).toThrow(expect.objectContaining({ code: 'UnusableFile', message: expect.stringContaining(message) }));
  });

  it('and nothing else is ever thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc.string({ unit: 'binary', maxLength: 300 }).map((text) => utf8(`email,name\n${text}`)),
        ),
        (bytes) => {
          try {
            const { rows, rejected } = readLeadsCsv(bytes);
            expect([...rows, ...rejected].every(({ line }) => line >= 1)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(CountersignError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a suppression list is read', () => {
  it.each([
    [
      'with a header',
      'Email;Reason\nA@acme.example;opt-out\nbroken;x\n',
      [{ line: 2, address: 'a@acme.example' }],
      [{ line: 3, why: 'not an e-mail address: "broken"' }],
    ],
    [
      'of nothing but addresses',
      'a@acme.example\nb@acme.example\n',
      [
        { line: 1, address: 'a@acme.example' },
        { line: 2, address: 'b@acme.example' },
      ],
      [],
    ],
  ])('%s', (_, text, rows, rejected) => expect(readAddressesCsv(utf8(text))).toEqual({ rows, rejected }));
});
