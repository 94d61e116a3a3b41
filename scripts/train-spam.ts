import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseIdealCustomer } from '../src/agents/leads/ideal-customer.ts';
import { encodeWeights } from '../src/agents/leads/spam-weights.ts';
import { readLeads, readMessages } from './spam/corpus.ts';
import { train } from './spam/logistic-regression.ts';
import { leaveOut, total } from './spam/validate.ts';

/**
 * `npm run train:spam`: learns what spam looks like from training/leads and the leads in test/fixtures, and writes the
 * weights that ship. `--validate` writes nothing and shows how well what was left out of the training is judged.
 */
const { values } = parseArgs({ options: { validate: { type: 'boolean' } } });
const root = new URL('../', import.meta.url);
const profile = parseIdealCustomer(readFileSync(new URL('config/playbooks/ideal-customer.md', root), 'utf8'));
const fixtures = readdirSync(new URL('test/fixtures/', root))
  .filter((name) => /^leads-.*\.csv$/.test(name))
  .sort()
  .map((name) => `test/fixtures/${name}`);
const messages = readMessages(profile);
const leads = readLeads(['examples/leads.csv', ...fixtures], profile);
const examples = [...messages, ...leads];

if (values.validate) {
  const families = leaveOut(examples, ({ family }) => family);
  console.table(families);
  console.table([
    total('a fifth of all', leaveOut(examples, (_, index) => `${index % 5}`)),
    total('a family, or a file', families),
    total('a language', leaveOut(examples, ({ language }) => language)),
    total('a file of leads', families.filter(({ left }) => left.endsWith('.csv'))),
  ]);
} else {
  const encoded = encodeWeights(train(examples));
  writeFileSync(
    new URL('src/agents/leads/spam-weights.generated.ts', root),
    `// Made by \`npm run train:spam\`; not to be edited.\nexport const SPAM_WEIGHTS =\n  '${encoded}';\n`,
  );
  console.log(`${examples.length} examples, ${examples.filter(({ spam }) => spam).length} of them spam; ${encoded.length} bytes of weights`);
}
