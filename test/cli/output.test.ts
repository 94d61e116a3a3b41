import { describe, expect, it } from 'vitest';
import { createOutput, cutTo, localTime } from '../../src/cli/output.ts';

const ESC = '\u001b';
const HOSTILE = `Acme${ESC}[2J${ESC}]0;owned\u0007\u009b31m\u202egnp.exe\r\nsecond`;

function screen(options: { json?: boolean; isTTY?: boolean; columns?: number } = {}) {
  const text = { out: '', err: '' };
  const out = createOutput(options.json ?? false, {
    out: { write: (chunk) => (text.out += chunk), ...(options.columns === undefined ? {} : { isTTY: true, columns: options.columns }) },
    err: { write: (chunk) => (text.err += chunk), isTTY: options.isTTY ?? false },
  });
  return { out, text };
}

const COLUMNS = [
  { key: 'id', title: 'ID', width: 10 },
  { key: 'what', title: 'WHAT', width: 12 },
];

describe('for a person', () => {
  it('rows are a table with aligned columns; what is too long is cut visibly', () => {
    const { out, text } = screen();
    out.rows(
      [
        { id: 'a1', what: 'short' },
        { id: 'b22', what: 'longer than twelve' },
        { id: 'c', what: null },
      ],
      COLUMNS,
      'Nothing.',
    );
    expect(text.out).toBe('ID   WHAT\na1   short\nb22  longer than…\nc\n');
  });

  it('on a terminal a table is as wide as the terminal: the widest columns give way', () => {
    const rows = [{ id: 'a1', what: 'x'.repeat(60), more: 'y'.repeat(30) }];
    const columns = [
      { key: 'id', title: 'ID', width: 10 },
      { key: 'what', title: 'WHAT', width: 60 },
      { key: 'more', title: 'MORE', width: 60 },
    ];
    const narrow = screen({ columns: 40 });
    narrow.out.rows(rows, columns, '');
    expect(narrow.text.out.split('\n').map((line) => line.length)).toEqual([27, 40, 0]);
    expect(narrow.text.out).toContain('a1  xxxxxxxxxxxxxxxx…  yyyyyyyyyyyyyyyy…');
    const wide = screen({ columns: 200 });
    wide.out.rows(rows, columns, '');
    expect(wide.text.out).toContain(`a1  ${'x'.repeat(60)}  ${'y'.repeat(30)}\n`);
    // Nobody can read a column of two letters.
    const tiny = screen({ columns: 5 });
    tiny.out.rows(rows, columns, '');
    expect(tiny.text.out).toContain('a1  xxxxxxx…  yyyyyyy…');
  });

  it("instants are told in the reader's time, to a script as they are", () => {
    const at = '2026-03-02T09:05:07.000Z';
    const local = localTime(at);
    expect(local).toMatch(/^2026-03-0\d \d\d:05$/);
    const { out, text } = screen();
    out.say(`Snoozed until ${at}.`);
    out.rows([{ id: at, what: '' }], [{ key: 'id', title: 'AT', width: 16 }], '');
    out.warn(`Already approved at ${at}.`);
    expect(text).toEqual({ out: `Snoozed until ${local}.\nAT\n${local}\n`, err: `Already approved at ${local}.\n` });
    const script = screen({ json: true });
    script.out.result({ at }, '');
    expect(script.text.out).toBe(`{"at":"${at}"}\n`);
  });

  it('no rows are said in words', () => {
    const { out, text } = screen();
    out.rows([], COLUMNS, 'Nothing waits for you.');
    expect(text.out).toBe('Nothing waits for you.\n');
  });

  it('characters of several code units are cut whole', () => {
    expect(cutTo('👩👩👩👩', 3)).toBe('👩👩…');
  });

  it('text from outside cannot move the cursor, colour, or turn the writing (I8)', () => {
    const { out, text } = screen();
    out.say(HOSTILE);
    out.result({}, HOSTILE);
    out.warn(HOSTILE);
    out.rows([{ id: HOSTILE, what: HOSTILE }], COLUMNS, '');
    expect(text.out + text.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it('a row stays one line, whatever is in it', () => {
    const { out, text } = screen();
    out.rows([{ id: 'a', what: 'one\ntwo' }], COLUMNS, '');
    expect(text.out.split('\n')).toEqual(['ID  WHAT', 'a   one two', '']);
  });

  it('progress is drawn on a terminal only', () => {
    const terminal = screen({ isTTY: true });
    terminal.out.progress('leads', 50, 200);
    terminal.out.progress('leads', 200, 200);
    expect(terminal.text.err).toBe('\r█████░░░░░░░░░░░░░░░ 50 of 200 leads\r████████████████████ 200 of 200 leads\n');
    const pipe = screen();
    pipe.out.progress('leads', 50, 200);
    expect(pipe.text).toEqual({ out: '', err: '' });
  });
});

describe('for a script', () => {
  it('rows are JSON lines with everything in them, and nothing else is printed', () => {
    const { out, text } = screen({ json: true, isTTY: true });
    out.say('For a person.');
    out.progress('leads', 1, 2);
    out.rows([{ id: 'a', what: 'longer than twelve', more: [1] }, { id: 'b' }], COLUMNS, 'Nothing.');
    out.rows([], COLUMNS, 'Nothing.');
    expect(text).toEqual({ out: '{"id":"a","what":"longer than twelve","more":[1]}\n{"id":"b"}\n', err: '' });
  });

  it('control characters are escaped, so the value is whole and a terminal is safe (I8)', () => {
    const { out, text } = screen({ json: true });
    out.result({ what: HOSTILE }, '');
    expect(text.out.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(JSON.parse(text.out)).toEqual({ what: HOSTILE });
  });
});
