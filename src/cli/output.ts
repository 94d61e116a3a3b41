/** What a command prints: a table or text for a person, JSON lines for a script. */
export interface Output {
  readonly json: boolean;
  /** One row per line as JSON, or a table of the columns named. */
  rows(rows: readonly Row[], columns: readonly Column[], empty: string): void;
  /** For a person only; nothing in JSON. */
  say(text: string): void;
  /** For a person, on standard error: what went wrong, what to mind. */
  warn(text: string): void;
  /** The outcome: JSON in one line, or `text`. */
  result(value: Row, text: string): void;
  /** Progress of long work, on standard error, on a terminal only. `total` null = not known. */
  progress(what: string, done: number, total: number | null): void;
}

export type Row = Readonly<Record<string, unknown>>;

export interface Column {
  readonly key: string;
  readonly title: string;
  /** Characters at most; the rest is cut visibly. */
  readonly width: number;
}

export interface Streams {
  /** `columns`: characters in a line of the terminal. */
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Documented in `countersign --help` and the README. */
export const EXIT = { ok: 0, refused: 1, usage: 2, notFound: 3, inUse: 4, damaged: 5 } as const;

export function createOutput(json: boolean, { out, err }: Streams): Output {
  // Everything goes through these two, so that nobody has to think of I8.
  const print = (text: string) => out.write(`${plain(inLocalTime(text))}\n`);
  const printJson = (row: Row) => out.write(`${plainJson(JSON.stringify(row))}\n`);
  let open = false;
  return {
    json,
    rows(rows, columns, empty) {
      if (json) for (const row of rows) printJson(row);
      else print(rows.length === 0 ? empty : table(rows, columns, out.isTTY === true ? (out.columns ?? null) : null));
    },
    say(text) {
      if (!json) print(text);
    },
    warn(text) {
      err.write(`${open ? '\n' : ''}${plain(inLocalTime(text))}\n`);
      open = false;
    },
    result(value, text) {
      if (json) printJson(value);
      else print(text);
    },
    progress(what, done, total) {
      if (json || err.isTTY !== true) return;
      const shown = total === null ? null : Math.min(done, total);
      open = shown !== total;
      err.write(
        `\r${total === null ? '' : `${bar(shown ?? 0, total)} `}${(shown ?? done).toLocaleString('en')}${total === null ? '' : ` of ${total.toLocaleString('en')}`} ${what}${open ? '' : '\n'}`,
      );
    },
  };
}

const BAR = 20;
const bar = (done: number, total: number): string => '█'.repeat(total === 0 ? BAR : Math.round((BAR * done) / total)).padEnd(BAR, '░');

// What moves the cursor, colours, rings, or turns the direction of writing; line feeds and tabs are left.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from outside must not move the cursor or colour the terminal (I8). */
export const plain = (text: string): string => text.replace(CONTROL, ' ');

/** The same in one line. */
export const oneLine = (text: string): string => plain(text).replace(/\s+/g, ' ').trim();

// JSON.stringify leaves these as they are; written as escapes they mean the same.
const plainJson = (text: string): string => text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Cut to `width` characters, visibly. */
export function cutTo(text: string, width: number): string {
  const characters = [...text];
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
}

/** `2026-11-24 21:05`, where this machine is. @param seconds with seconds */
export function localTime(at: string, seconds = false): string {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: seconds ? 'medium' : 'short' });
  return format.format(new Date(at));
}

/** Instants as they stand in the log, in the reader's time. */
const inLocalTime = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (at) => localTime(at));

/** Between two columns. */
const GAP = 2;
/** Below this a column tells nothing. */
const NARROW = 8;

/** Widths that fit into a line of the terminal: the widest columns give way. */
function fit(widths: readonly number[], line: number): number[] {
  const fitting = [...widths];
  const total = () => fitting.reduce((sum, width) => sum + width + GAP, -GAP);
  while (total() > line) {
    const widest = fitting.indexOf(Math.max(...fitting));
    if ((fitting[widest] ?? 0) <= NARROW) break;
    fitting[widest] = (fitting[widest] ?? 0) - 1;
  }
  return fitting;
}

/** @param line characters of the terminal; null: as wide as it is */
function table(rows: readonly Row[], columns: readonly Column[], line: number | null): string {
  const text = (value: unknown) => oneLine(inLocalTime(value === null || value === undefined ? '' : String(value)));

  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ key, width }) => cutTo(text(row[key]), width)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => [...(row[index] ?? '')].length)));
  const fitting = line === null ? widths : fit(widths, line);
  const pad = (cell: string, width: number) => cutTo(cell, width) + ' '.repeat(Math.max(0, width - [...cell].length));
  return cells
    .map((row) =>
      row
        .map((cell, index) => pad(cell, fitting[index] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n');
}
