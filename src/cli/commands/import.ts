import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { importLeads, importSuppressions } from '../../api/import.ts';
import type { ImportReport } from '../../bot/intents.ts';
import type { House } from '../../main.ts';
import { usage } from '../failure.ts';
import { EXIT, type Output } from '../output.ts';
import { examples, type Shell, whenDone, withHouse } from '../shell.ts';

/** Rejected lines that are shown to a person; JSON has all that were kept. */
const SHOWN = 20;

export function addImport(program: Command, shell: Shell): void {
  program
    .command('import')
    .description('leads, or addresses never to write to, from CSV')
    .argument('<file>', 'a CSV file, or - for standard input')
    .addOption(new Option('--what <what>', 'what is in it').choices(['leads', 'suppressions']).default('leads'))
    .addHelpText(
      'after',
      `${examples('import leads.csv', 'import unsubscribed.csv --what suppressions', 'import - < export.csv')}\nThe headers that common form tools and CRMs export are recognised. The same file again changes nothing.\nExit code 1 when every line was rejected.\n`,
    )
    .action((file: string, { what }: { what: 'leads' | 'suppressions' }) =>
      withHouse(shell, async (house, out) => {
        const bytes = file === '-' ? await buffer(shell.streams.input) : await read(file);
        const report = await importFile(house, out, what, file === '-' ? 'stdin.csv' : file, bytes);
        return tellImport(house, out, what, report);
      }),
    );
}

export function importFile({ kernel }: House, out: Output, what: 'leads' | 'suppressions', file: string, bytes: Uint8Array): Promise<ImportReport> {
  const run = what === 'leads' ? importLeads : importSuppressions;
  return run(kernel, 'human:cli:owner', file, bytes, (done, total) => {
    if (done % 50 === 0 || done === total) out.progress(what === 'leads' ? 'leads' : 'addresses', done, total);
  });
}

const ONE = { leads: 'lead', suppressions: 'address' } as const;
const MANY = { leads: 'leads', suppressions: 'addresses' } as const;

export function tellImport(house: House, out: Output, what: 'leads' | 'suppressions', report: ImportReport): number {
  const { created, repeated, rejected, rejectedCount, columns } = report;
  if (!out.json) {
    if (columns.length > 0) {
      out.rows(
        columns.map(({ header, field }) => ({ header, field: field ?? '(not used)' })),
        [
          { key: 'header', title: 'COLUMN', width: 40 },
          { key: 'field', title: 'TAKEN AS', width: 20 },
        ],
        '',
      );
      out.say('');
    }
    out.say(
      `${created.toLocaleString('en')} new ${created === 1 ? ONE[what] : MANY[what]}, ${repeated.toLocaleString('en')} known already, ${rejectedCount.toLocaleString('en')} rejected.${created > 0 && what === 'leads' ? whenDone(house) : ''}`,
    );
    if (rejectedCount > 0) {
      out.rows(
        rejected.slice(0, SHOWN),
        [
          { key: 'line', title: 'LINE', width: 8 },
          { key: 'why', title: 'WHY IT WAS REJECTED', width: 100 },
        ],
        '',
      );
      if (rejectedCount > SHOWN) out.say(`… and ${(rejectedCount - SHOWN).toLocaleString('en')} more; --json lists them.`);
    }
  } else out.result({ what, ...report }, '');
  return rejectedCount > 0 && created + repeated === 0 ? EXIT.refused : EXIT.ok;
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : error instanceof Error ? error.message : String(error);
    throw usage(`${file} cannot be read: ${why}.`);
  }
}
