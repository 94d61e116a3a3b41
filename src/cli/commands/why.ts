import type { Command } from 'commander';
import type { WhyStep } from '../../bot/intents.ts';
import { notFound } from '../failure.ts';
import { findId, findLead } from '../find.ts';
import { EXIT, localTime } from '../output.ts';
import { examples, type Shell, withHouse } from '../shell.ts';

/** I9: the whole chain behind anything that happened, or did not. */
export function addWhy(program: Command, shell: Shell): void {
  program
    .command('why')
    .description('the chain behind a card, task, lead or mail')
    .argument('<id>', 'an id, the beginning of one, an e-mail address, a Message-ID or a footprint')
    .addHelpText('after', examples('why 4k9zq2', 'why anna@example.com', 'why 4k9zq2.1 --json'))
    .action((id: string) =>
      withHouse(shell, async ({ desk, kernel }, out) => {
        const steps = (await desk.why(id)) ?? (await byPrefix(id));
        if (steps === null) throw notFound(`Nothing has the id ${id}. Ids are shown by: countersign tasks, countersign approvals`);
        if (out.json) for (const step of steps) out.result({ ...step }, '');
        else out.say(steps.map(stepText).join('\n'));
        return EXIT.ok;

        async function byPrefix(typed: string): Promise<readonly WhyStep[] | null> {
          if (typed.includes('@')) return desk.why(`lead:${await findLead(kernel.documents, typed)}`);
          for (const collection of ['task', 'approval', 'lead']) {
            const found = await findId(kernel.documents, collection, typed, collection).catch(() => null);
            if (found !== null) return desk.why(collection === 'lead' ? `lead:${found}` : found);
          }
          return null;
        }
      }),
    );
}

function stepText({ at, commit, what, who, details }: WhyStep): string {
  const lines = details.flatMap(({ label, value }) => `${label}: ${value}`.split('\n').map((line, index) => `    ${index === 0 ? '' : '  '}${line}`));
  return [`${localTime(at, true)}  ${what}`, `    by ${who}, commit ${commit}`, ...lines].join('\n');
}
