import { CSV_LIMITS, type CsvLimits, type CsvRow, readCsv, unusable } from './csv-file.ts';
import { type LeadColumn, leadColumn } from './lead-columns.ts';
import { type LeadInput, leadInput } from './lead-input.ts';

export interface LeadsFile {
  /** `extra`: what stands in columns that were not recognised, by header. */
  readonly rows: readonly { readonly line: number; readonly input: LeadInput; readonly extra: Readonly<Record<string, string>> }[];
  /** In the order of the file. */
  readonly rejected: readonly { readonly line: number; readonly why: string }[];
  /** Header → field, as recognised; null = ignored. */
  readonly columns: readonly { readonly header: string; readonly field: LeadColumn | null }[];
}

/**
 * Leads from a CSV export of a form tool or a CRM, whatever it calls its columns.
 * @throws CountersignError `UnusableFile`: unreadable, too large, or without a column of addresses
 */
export function readLeadsCsv(bytes: Uint8Array, limits: CsvLimits = CSV_LIMITS): LeadsFile {
  const { headers, rows, rejected } = readCsv(bytes, limits);
  const columns = headers.map((header) => ({ header, field: leadColumn(header) }));
  if (!columns.some(({ field }) => field === 'email')) throw noAddresses(headers);

  const good: LeadsFile['rows'][number][] = [];
  const bad = [...rejected];
  for (const row of rows) {
    const parsed = leadInput.safeParse(inputOf(row, columns));
    if (parsed.success) good.push({ line: row.line, input: parsed.data, extra: extraOf(row, columns) });
    else bad.push({ line: row.line, why: addressProblem(cellOf(row, columns, 'email')) });
  }
  return { rows: good, rejected: bad.sort((a, b) => a.line - b.line), columns };
}

/**
 * Addresses of a suppression list: a column of addresses, or a file of nothing else.
 * @throws CountersignError `UnusableFile`
 */
export function readAddressesCsv(
  bytes: Uint8Array,
  limits: CsvLimits = CSV_LIMITS,
): { readonly rows: readonly { readonly line: number; readonly address: string }[]; readonly rejected: LeadsFile['rejected'] } {
  const { headers, rows, rejected } = readCsv(bytes, limits);
  const named = headers.findIndex((header) => leadColumn(header) === 'email');
  // Without a line of names, the first line is an address itself.
  const bare = headers.findIndex((header) => leadInput.shape.email.safeParse(header).success);
  const column = bare >= 0 ? bare : named;
  if (column < 0) throw noAddresses(headers);
  const all = bare >= 0 ? [{ line: 1, fields: headers }, ...rows] : rows;
  const read = all.map(({ line, fields }) => ({ line, typed: fields[column] ?? '', parsed: leadInput.shape.email.safeParse(fields[column] ?? '') }));
  return {
    rows: read.flatMap(({ line, parsed }) => (parsed.success ? [{ line, address: parsed.data }] : [])),
    rejected: [...rejected, ...read.flatMap(({ line, typed, parsed }) => (parsed.success ? [] : [{ line, why: addressProblem(typed) }]))].sort(
      (a, b) => a.line - b.line,
    ),
  };
}

const noAddresses = (headers: readonly string[]) =>
  unusable(
    `No column of e-mail addresses was found. The first line should name one, such as "email"; it has: ${headers
      .slice(0, 40)
      .map((header) => JSON.stringify(header.slice(0, 60)))
      .join(', ')}.`,
  );

const addressProblem = (typed: string): string => (typed === '' ? 'no e-mail address' : `not an e-mail address: ${JSON.stringify(typed.slice(0, 80))}`);

type Columns = LeadsFile['columns'];

/** The first column of that field that is filled in. Exports put `'` before what a spreadsheet would run. */
function cellOf({ fields }: CsvRow, columns: Columns, wanted: LeadColumn): string {
  const index = columns.findIndex(({ field }, place) => field === wanted && (fields[place] ?? '') !== '');
  return (fields[index] ?? '').replace(/^'(?=[=+@-])/, '');
}

/** The fields of a lead in one row. */
export function inputOf(row: CsvRow, columns: Columns): Record<string, string> {
  const value = (field: LeadColumn) => cellOf(row, columns, field);
  return {
    email: value('email'),
    name: nameOf(value('name'), value('firstName'), value('lastName')),
    phone: value('phone'),
    company: value('company'),
    website: value('website'),
    role: value('role'),
    country: value('country'),
    budget: value('budget'),
    message: value('message'),
  };
}

/** `Name` beside `Vorname` is the last name, beside `Apellidos` the first. */
function nameOf(name: string, first: string, last: string): string {
  if (first !== '' && last !== '') return `${first} ${last}`;
  if (first !== '') return name === '' || name.includes(first) ? name || first : `${first} ${name}`;
  if (last !== '') return name === '' || name.includes(last) ? name || last : `${name} ${last}`;
  return name;
}

const extraOf = ({ fields }: CsvRow, columns: Columns): Record<string, string> =>
  Object.fromEntries(columns.flatMap(({ header, field }, index) => (field === null && header !== '__proto__' ? [[header, fields[index] ?? '']] : [])));
