import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cancel, confirm, group, intro, isCancel, note, outro, select, text } from '@clack/prompts';
import type { Command } from 'commander';
import type { z } from 'zod';
import { companySchema } from '../../agents/company.ts';
import { openForm } from '../../api/forms.ts';
import type { SetupAnswers } from '../../bot/intents.ts';
import type { House } from '../../main.ts';
import { answerProblem } from '../../settings/write-settings.ts';
import { CountersignError } from '../../store/errors.ts';
import { usage } from '../failure.ts';
import { EXIT, type Output } from '../output.ts';
import { addressOf, CODE, examples, OWNER, type Shell, withHouse } from '../shell.ts';
import { importFile, tellImport } from './import.ts';

type Given = Partial<SetupAnswers> & { readonly yes?: boolean };

const FLAGS: Readonly<Record<keyof SetupAnswers, string>> = {
  company: '--company',
  offer: '--offer',
  idealCustomer: '--ideal-customer',
  senderName: '--sender-name',
  senderEmail: '--sender-email',
  timeZone: '--time-zone',
};
const FIELDS = ['company', 'offer', 'idealCustomer', 'senderName', 'senderEmail', 'timeZone'] as const;

export function addInit(program: Command, shell: Shell): void {
  program
    .command('init')
    .description('five questions, then the first leads')
    .option('--company <name>', 'what your company is called')
    .option('--offer <sentence>', 'what you sell')
    .option('--ideal-customer <sentence>', 'who you want as a customer')
    .option('--sender-name <name>', 'in whose name mails go out')
    .option('--sender-email <address>', 'and from which address')
    .option('--time-zone <zone>', 'such as Europe/Berlin; default: that of this machine')
    .option('--yes', 'ask nothing; what is there already is replaced')
    .addHelpText(
      'after',
      examples('init', 'init --company "Acme" --offer "Boats" --ideal-customer "Harbours" --sender-name Ana --sender-email ana@acme.example --yes'),
    )
    .action((given: Given) =>
      withHouse(shell, async (house, out) => {
        const before = house.settings.current();
        const own = before.files.some((file) => file.name === 'company.yaml' && file.own);
        const known: Partial<SetupAnswers> = own ? answersOf(before.company) : {};
        const start = { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, ...known, ...definedOf(given) };
        const asks = given.yes !== true && shell.interactive();
        const answers = asks ? await ask(start, own) : withoutAsking(start, own, given.yes === true);
        if (answers === null) {
          cancel('Nothing was changed.');
          return EXIT.refused;
        }
        const saved = await house.desk.setUp(OWNER, answers);
        if (!saved.ok)
          throw usage((saved.problems ?? []).map(({ field, problem }) => `${isField(field) ? FLAGS[field] : field}: ${problem}`).join('\n') || saved.message);
        const inside = relative(process.cwd(), house.env.configFolder);
        const folder = inside === '' || inside.startsWith('..') ? house.env.configFolder : inside;
        if (asks) {
          note(`company.yaml and playbooks/ideal-customer.md, in ${folder}\nAll that is commented in config/ can be set there as well.`, 'Saved');
          await firstLeads(house, out);
          outro('Start with: npm start');
        } else
          out.result(
            { ok: true, folder: house.env.configFolder },
            `Saved in ${folder}. Next: countersign import leads.csv, or countersign form contact; then npm start.`,
          );
        return EXIT.ok;
      }),
    );
}

const isField = (field: string): field is keyof SetupAnswers => Object.hasOwn(FLAGS, field);

const answersOf = ({ company, offer, idealCustomer, sender, timeZone }: ReturnType<House['settings']['current']>['company']): SetupAnswers => ({
  company,
  offer,
  idealCustomer,
  senderName: sender.name,
  senderEmail: sender.email,
  timeZone,
});

const definedOf = (given: Given): Partial<SetupAnswers> =>
  Object.fromEntries(FIELDS.flatMap((field) => (given[field] === undefined ? [] : [[field, given[field]]])));

function withoutAsking(start: Partial<SetupAnswers>, own: boolean, yes: boolean): SetupAnswers {
  const missing = FIELDS.filter((field) => start[field] === undefined);
  if (missing.length > 0)
    throw usage(
      `Without a terminal to ask in, give the answers: ${missing.map((field) => FLAGS[field]).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    );
  if (own && !yes) throw usage('There are settings already. Add --yes to replace your answers in them.');
  const { company = '', offer = '', idealCustomer = '', senderName = '', senderEmail = '', timeZone = '' } = start;
  return { company, offer, idealCustomer, senderName, senderEmail, timeZone };
}

/** null: cancelled. */
async function ask(start: Partial<SetupAnswers>, own: boolean): Promise<SetupAnswers | null> {
  intro('Countersign: five questions');
  if (own) {
    const again = await confirm({ message: 'There are answers already. Go through them again?', initialValue: false });
    if (isCancel(again) || !again) return null;
  }
  const { shape } = companySchema;
  const question = (message: string, field: keyof SetupAnswers, placeholder: string, schema: z.ZodType) => () =>
    text({
      message,
      placeholder,
      ...(start[field] === undefined ? {} : { initialValue: start[field] }),
      validate: (value) => schema.safeParse(value?.trim() ?? '').error?.issues.map(answerProblem)[0],
    });
  const stop = new CountersignError('Cancelled', 'Nothing was changed.');
  try {
    return await group(
      {
        company: question('What is your company called?', 'company', 'Northlight Studio', shape.company),
        offer: question(
          'What do you sell, in a sentence a customer would understand?',
          'offer',
          'Websites for small manufacturers at a fixed price.',
          shape.offer,
        ),
        idealCustomer: question(
          'Who do you want as a customer?',
          'idealCustomer',
          'Small manufacturers in Europe with a budget of 5,000 EUR or more.',
          shape.idealCustomer,
        ),
        senderName: question('In whose name do mails go out?', 'senderName', 'Robin Vale', shape.sender.shape.name),
        senderEmail: question('… and from which address?', 'senderEmail', 'robin@northlight.example', shape.sender.shape.email),
        timeZone: question('In which time zone do you work?', 'timeZone', 'Europe/Berlin', shape.timeZone),
      },
      {
        onCancel: () => {
          throw stop;
        },
      },
    );
  } catch (error) {
    if (error === stop) return null;
    throw error;
  }
}

async function firstLeads(house: House, out: Output): Promise<void> {
  const choice = await select({
    message: 'How shall the first leads come in?',
    options: [
      { value: 'sample', label: 'Sample leads', hint: '200 made-up ones; nothing is sent, it is practice mode' },
      { value: 'csv', label: 'A CSV file', hint: 'an export of your form tool or CRM' },
      { value: 'form', label: 'A form on my website' },
      { value: 'later', label: 'Later' },
    ],
  });
  if (choice === 'sample') {
    const file = join(CODE, 'examples', 'leads.csv');
    tellImport(house, out, 'leads', await importFile(house, out, 'leads', file, await readFile(file)));
  } else if (choice === 'csv') {
    const path = await text({ message: 'Which file?', placeholder: 'leads.csv' });
    if (isCancel(path) || path === undefined || path.trim() === '') return;
    try {
      tellImport(house, out, 'leads', await importFile(house, out, 'leads', path.trim(), await readFile(path.trim())));
    } catch (error) {
      // The answers are saved; the file can be imported any time.
      note(`${error instanceof Error ? error.message : String(error)}\nTry again with: countersign import FILE`, 'That did not work');
    }
  } else if (choice === 'form') {
    const { path } = await openForm(house.stores.kv, house.kernel.random, 'contact', { redirect: null });
    note(
      `${(await addressOf(house)).intake}/in/${path}\nA whole form to copy is in examples/form.html; the README shows a tunnel and a proxy.`,
      'Let your form post to',
    );
  }
}
