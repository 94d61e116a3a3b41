import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseIdealCustomer } from '../src/agents/leads/ideal-customer.ts';
import { encodeWeights } from '../src/agents/leads/spam-weights.ts';
import { readLeads, readMessages } from './spam/corpus.ts';
import { train } from './spam/logistic-regression.ts';

/** `npm run train:spam`: learns what spam looks like from training/leads and the leads in test/fixtures, and writes the weights that ship. */
const root = new URL('../', import.meta.url);
const profile = parseIdealCustomer(readFileSync(new URL('config/playbooks/ideal-customer.md', root), 'utf8'));
const fixtures = readdirSync(new URL('test/fixtures/', root))
  .filter((name) => /^leads-.*\.csv$/.test(name))
  .sort()
  .map((name) => `test/fixtures/${name}`);
const examples = [...readMessages(profile), ...readLeads(['examples/leads.csv', ...fixtures], profile)];
const encoded = encodeWeights(train(examples));
writeFileSync(
  new URL('src/agents/leads/spam-weights.generated.ts', root),
  `// Made by \`npm run train:spam\`; not to be edited.\nexport const SPAM_WEIGHTS =\n  '${encoded}';\n`,
);
console.log(`${examples.length} examples, ${examples.filter(({ spam }) => spam).length} of them spam; ${encoded.length} bytes of weights`);
