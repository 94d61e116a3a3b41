import { parse } from 'csv-parse/sync';
import { CountersignError } from '../../store/errors.ts';

export interface CsvLimits {
  readonly maxBytes: number;
  readonly maxRows: number;
  /** Characters in one field. */
  readonly maxField: number;
}
export const CSV_LIMITS: CsvLimits = { maxBytes: 20_000_000, maxRows: 50_000, maxField: 200_000 };

export interface CsvRow {
  /** Where it begins in the file; the first line is 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

export interface CsvFile {
  readonly headers: readonly string[];
  readonly rows: readonly CsvRow[];
  readonly rejected: readonly { readonly line: number; readonly why: string }[];
}

const SEPARATORS = [',', ';', '\t', '|'] as const;

/**
 * A CSV file as spreadsheets, form tools and CRMs write it: UTF-8, UTF-16 or Windows-1252, with
 * or without byte order mark; separated by comma, semicolon, tab or bar; quoted line breaks.
 * @throws CountersignError `UnusableFile` when nothing in it can be read
 */
export function readCsv(bytes: Uint8Array, limits: CsvLimits): CsvFile {
  if (bytes.length > limits.maxBytes)
    throw unusable(`The file has ${bytes.length} bytes; at most ${limits.maxBytes} are taken. Split it, and import the parts one after the other.`);
  const decoded = decode(bytes);
  // Excel's own hint at the separator.
  const [hint, named] = /^sep=([,;|\t])\r?\n/i.exec(decoded) ?? [];
  const text = hint === undefined ? decoded : decoded.slice(hint.length);
  const skipped = hint === undefined ? 0 : 1;

  const [header, ...records] = parseText(text, named ?? likelySeparator(text), skipped);
  if (header === undefined || 'why' in header || header.fields.every((field) => field === ''))
    throw unusable('The file is empty, or its first line cannot be read. Expected a first line with the names of the columns.');
  if (records.length > limits.maxRows)
    throw unusable(`The file has ${records.length} rows; at most ${limits.maxRows} are taken at once. Split it, and import the parts one after the other.`);

  const width = header.fields.length;
  const checked = records.map((record) => {
    if ('why' in record) return record;
    const fields = record.fields.slice(0, width);
    if (record.fields.slice(width).some((field) => field !== ''))
      return { line: record.line, why: `expected ${width} fields as in the first line, found ${record.fields.length}: is a quotation mark missing?` };
    const long = fields.findIndex((field) => field.length > limits.maxField);
    return long < 0
      ? { line: record.line, fields }
      : { line: record.line, why: `${header.fields[long] ?? ''}: ${fields[long]?.length ?? 0} characters; at most ${limits.maxField} are taken` };
  });
  return {
    headers: header.fields,
    rows: checked.flatMap((record) => ('fields' in record && record.fields.some((field) => field !== '') ? [record] : [])),
    rejected: checked.flatMap((record) => ('why' in record ? [record] : [])),
  };
}

export const unusable = (message: string): CountersignError => new CountersignError('UnusableFile', message);

function decode(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const sample = bytes.subarray(0, 1000);
  const zeros = (start: number) => sample.filter((byte, index) => byte === 0 && index % 2 === start).length;
  if (zeros(1) > sample.length / 4) return new TextDecoder('utf-16le').decode(bytes);
  if (zeros(0) > sample.length / 4) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

type Record = CsvRow | { readonly line: number; readonly why: string };

function parseText(text: string, delimiter: string, skipped: number): Record[] {
  const records: Record[] = [];
  let done = 0;
  // The parser tells the line a record ends on; it begins after the one before, and after empty lines.
  const starts = (end: number): number => {
    let line = done + 1;
    while (line < end && lines[line - 1]?.trim() === '') line += 1;
    done = end;
    return line + skipped;
  };
  const lines = text.split(/\r\n|\n|\r/);
  try {
    parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: 0,
      on_record: (record: string[], { lines: end }) => {
        records.push({ line: starts(end), fields: record.map((field) => field.trim()) });
        return null;
      },
    });
  } catch (error) {
    const line = starts(lines.length);
    records.push({
      line,
      why: `a quotation mark that opens here, or further down, is never closed; nothing after it could be read (${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'})`,
    });
  }
  return records;
}

/** The separator that splits the first line into the most columns, outside of quotation marks. */
function likelySeparator(text: string): string {
  const first = /^\s*((?:"(?:[^"]|"")*"|[^"\r\n])*)/.exec(text.slice(0, 20_000))?.[1] ?? '';
  const bare = first.replace(/"(?:[^"]|"")*"/g, '');
  const count = (separator: string) => bare.split(separator).length;
  return [...SEPARATORS].sort((a, b) => count(b) - count(a))[0] ?? ',';
}
