import type { Command } from 'commander';
import { CountersignError } from '../../store/errors.ts';
import { rebuild } from '../../store/projections/projector.ts';
import { verifyLog } from '../../store/verify.ts';
import { EXIT } from '../output.ts';
import { examples, type Shell, withHouse } from '../shell.ts';

/** The log itself: proving it, and folding everything else from it anew. */
export function addLog(program: Command, shell: Shell): void {
  program
    .command('verify')
    .description('prove that the log is as it was written')
    .addHelpText('after', examples('verify', 'verify --json'))
    .action(() =>
      withHouse(shell, async ({ stores }, out) => {
        const { number } = await stores.log.head();
        const verdict = await verifyLog(stores.log, (commit) => out.progress('commits verified', commit, number));
        if ('broken' in verdict) {
          if (out.json) out.result({ ok: false, ...verdict }, '');
          else
            out.warn(
              `The log is damaged at commit ${verdict.broken}: ${verdict.why}. Everything before it is proved. Restore a backup into another place (countersign restore), and keep this one for somebody to look at.`,
            );
          return EXIT.damaged;
        }
        out.result(
          { ok: true, commits: verdict.commits, events: verdict.events, hash: verdict.head.hash },
          `${verdict.commits.toLocaleString('en')} commits with ${verdict.events.toLocaleString('en')} events are as they were written. The last hash is ${verdict.head.hash}.`,
        );
        return EXIT.ok;
      }),
    );

  program
    .command('rebuild')
    .description('fold all documents anew from the log')
    .addHelpText('after', examples('rebuild'))
    .action(() =>
      withHouse(shell, async ({ alone, stores, kernel }, out) => {
        if (!alone) throw new CountersignError('AlreadyOwned', 'A server is running here. Stop it first: it would fold the same documents at the same time.');
        const { number } = await stores.log.head();
        await rebuild(kernel.journal, stores.documents, (commit) => out.progress('commits folded', commit, number));
        out.result({ ok: true, commits: number }, `All documents were folded anew from ${number.toLocaleString('en')} commits.`);
        return EXIT.ok;
      }),
    );
}
