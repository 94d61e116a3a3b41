import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { evaluateLeads, type Figure } from './eval-leads.ts';

/** `npm run eval -- --leads [FILE] [--json] [--misses]`: how well the heuristics judge, without any model. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { leads: { type: 'boolean' }, json: { type: 'boolean' }, misses: { type: 'boolean' } },
});

if (!values.leads) {
  console.error(
    'Usage: npm run eval -- --leads [FILE] [--json] [--misses]\nFILE is a CSV of leads with a column `expected` (fit, unfit, spam, duplicate); examples/leads.csv if left out.',
  );
  process.exit(2);
}

const root = new URL('../', import.meta.url);
const file = positionals[0] ?? 'examples/leads.csv';
const profile = await readFile(new URL('config/playbooks/ideal-customer.md', root), 'utf8');
const { counts, figures, misses, rejected } = evaluateLeads(await readFile(positionals[0] ?? new URL(file, root)), profile);

if (values.json) {
  for (const figure of figures) console.log(JSON.stringify(figure));
} else {
  console.log(`${file}: ${counts.reduce((sum, row) => sum + row.total, 0)} leads, ${rejected.length} lines rejected\n`);
  console.table(
    Object.fromEntries(counts.map(({ expected, fit, unsure, unfit, spam, duplicate }) => [`expected ${expected}`, { fit, unsure, unfit, spam, duplicate }])),
  );
  for (const figure of figures) console.log(line(figure));
}
if (values.misses) for (const miss of misses) console.error(`line ${miss.line}: expected ${miss.expected}, judged ${miss.verdict} (${miss.why})`);
process.exitCode = figures.every(({ holds }) => holds) ? 0 : 1;

function line({ name, ours, goal, holds, of }: Figure): string {
  return `${holds ? 'ok  ' : 'MISS'} ${name.padEnd(28)} ${(ours * 100).toFixed(1).padStart(5)} %  (of ${of}; goal ${goal})`;
}
