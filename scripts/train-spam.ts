import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { encodeWeights } from './spam/encode-weights.ts';
import { allExamples } from './spam/examples.ts';
import { train } from './spam/logistic-regression.ts';
import { leaveOut, total } from './spam/validate.ts';

/**
 * `npm run train:spam` learns what spam looks like and writes the weights that ship.
 * `--validate` writes nothing and shows how well what was left out of the training is judged.
 */
const { values } = parseArgs({ options: { validate: { type: 'boolean' } } });
const examples = allExamples();

if (values.validate) {
  const families = leaveOut(examples, ({ family }) => family);
  console.table(families);
  console.table([
    total(
      'a fifth of all',
      leaveOut(examples, (_, index) => `${index % 5}`),
    ),
    total('a family, or a file', families),
    total(
      'a language',
      leaveOut(examples, ({ language }) => language),
    ),
    total(
      'a file of leads',
      families.filter(({ left }) => left.endsWith('.csv')),
    ),
  ]);
} else {
  const encoded = encodeWeights(train(examples));
  writeFileSync(
    new URL('../src/agents/leads/spam-weights.generated.ts', import.meta.url),
    `// Made by \`npm run train:spam\`; not to be edited.\nexport const SPAM_WEIGHTS =\n  '${encoded}';\n`,
  );
  console.log(`${examples.length} examples, ${examples.filter(({ spam }) => spam).length} of them spam; ${encoded.length} bytes of weights`);
}
