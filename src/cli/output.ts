/** What a command prints: a table or text for a person, JSON lines for a script. */
export interface Output {
  /** One row per line as JSON, or a table of the columns named. */
  rows(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly Column[], empty: string): void;
  /** For a person only; nothing in JSON. */
  say(text: string): void;
  /** The outcome: JSON in one line, or `text`. */
  result(value: Readonly<Record<string, unknown>>, text: string): void;
  /** Progress of long work, on standard error, on a terminal only. `total` null = not known. */
  progress(what: string, done: number, total: number | null): void;
  readonly json: boolean;
}

export interface Column {
  readonly key: string;
  readonly title: string;
  /** Characters at most; the rest is cut visibly. */
  readonly width: number;
}

interface Streams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean };
}

export function createOutput(json: boolean, { out, err }: Streams): Output {
  const print = (text: string) => out.write(`${text}\n`);
  return {
    json,
    rows(rows, columns, empty) {
      if (json) for (const row of rows) print(JSON.stringify(row));
      else print(rows.length === 0 ? empty : table(rows, columns));
    },
    say(text) {
      if (!json) print(text);
    },
    result(value, text) {
      print(json ? JSON.stringify(value) : text);
    },
    progress(what, done, total) {
      if (json || err.isTTY !== true) return;
      const share = total === null || total === 0 ? '' : `${'█'.repeat(Math.round((20 * done) / total)).padEnd(20, '░')} `;
      err.write(`\r${share}${done.toLocaleString('en')}${total === null ? '' : ` of ${total.toLocaleString('en')}`} ${what}${done === total ? '\n' : ''}`);
    },
  };
}

// Text from outside must not move the cursor or colour the terminal (I8).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
export const plain = (text: string): string => text.replace(CONTROL, ' ');

function table(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly Column[]): string {
  const cell = (value: unknown, width: number) => {
    const text = plain(value === null || value === undefined ? '' : String(value));
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  };
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ key, width }) => cell(row[key], width)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  return lines.map((line) => line.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ').trimEnd()).join('\n');
}

/** Documented in `countersign help` and the README. */
export const EXIT = { ok: 0, refused: 1, usage: 2, notFound: 3, inUse: 4, damaged: 5 } as const;
