import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { confirm, isCancel } from '@clack/prompts';
import type { Command } from 'commander';
import { findPerson, forgetPerson, type KnownPerson } from '../../orchestrator/forget.ts';
import { verifyLog } from '../../store/verify.ts';
import { notFound, usage } from '../failure.ts';
import { findId } from '../find.ts';
import { EXIT, plain } from '../output.ts';
import { examples, OWNER_SWITCHES, type Shell, withHouse } from '../shell.ts';

export function addForget(program: Command, shell: Shell): void {
  program
    .command('forget')
    .description('make all data of a person unreadable, for good')
    .argument('<person>', 'an e-mail address, a lead, or a person id')
    .option('--yes', 'do not ask again')
    .addHelpText(
      'after',
      `${examples('forget anna@example.com', 'forget lead:9h3v --yes')}\nTheir data is encrypted under a key of their own; the key is destroyed. The log stays as it is, and verify goes on passing.\nBackups you made before still hold the key.\n`,
    )
    .action((typed: string, { yes }: { yes?: boolean }) =>
      withHouse(shell, async (house, out) => {
        const { kernel, stores, env } = house;
        const parts = {
          kernel,
          keys: stores.keys,
          scrub: () => stores.scrub(),
          removeMail: (file: string) => rm(join(env.dataFolder, 'outbox', basename(file)), { force: true }),
        };
        const known = (await findPerson(parts, typed)) ?? (await findPerson(parts, await leadId(typed)));
        if (known === null) throw notFound(`Nobody is known as ${typed}.`);
        const what = summary(known);
        if (!known.remembered) {
          out.result({ forgotten: true, already: true, persons: known.persons }, `${typed} was forgotten before.`);
          return EXIT.ok;
        }
        if (yes !== true) {
          if (!shell.interactive()) throw usage(`${typed}: ${what}. Add --yes to forget them; it cannot be taken back.`);
          const sure = await confirm({ message: plain(`Forget ${typed} (${what})? It cannot be taken back.`), initialValue: false });
          if (isCancel(sure) || !sure) {
            out.say('Nothing was changed.');
            return EXIT.refused;
          }
        }
        const { cancelled } = await forgetPerson(parts, known, OWNER_SWITCHES);
        const verdict = await verifyLog(stores.log);
        const intact = !('broken' in verdict);
        out.result(
          {
            forgotten: true,
            already: false,
            persons: known.persons,
            documents: known.documents,
            tasks: known.tasks,
            cancelled,
            mails: known.mails.length,
            verified: intact,
          },
          `Forgotten: ${what}.${cancelled > 0 ? ` ${cancelled} open ${cancelled === 1 ? 'task was' : 'tasks were'} cancelled.` : ''} Nothing is sent to that address any more, unless they write to you.\n${
            'broken' in verdict
              ? `The log is damaged at commit ${verdict.broken}: ${verdict.why}.`
              : `verify still passes: ${verdict.commits.toLocaleString('en')} commits are as they were written.`
          }`,
        );
        return intact ? EXIT.ok : EXIT.damaged;

        /** The beginning of a lead's id does as well. */
        async function leadId(text: string): Promise<string> {
          return text.includes('@') ? text : findId(kernel.documents, 'lead', text, 'person');
        }
      }),
    );
}

function summary({ documents, tasks, mails }: KnownPerson): string {
  const count = (number: number, one: string, many = `${one}s`) => (number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]);
  const parts = [
    ...count(documents.filter((ref) => ref.startsWith('lead:')).length, 'lead'),
    ...count(documents.filter((ref) => ref.startsWith('customer:')).length, 'customer'),
    ...count(tasks.length, 'task'),
    ...count(mails.length, 'mail in the outbox', 'mails in the outbox'),
  ];
  return parts.length === 0 ? 'a key of their own' : parts.join(', ');
}
