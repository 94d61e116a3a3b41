import type { Command } from 'commander';
import { listForms, openForm, revokeForm } from '../../api/forms.ts';
import { backToPractice, goLive } from '../../orchestrator/practice.ts';
import { notFound } from '../failure.ts';
import { EXIT } from '../output.ts';
import { addressOf, examples, OWNER_SWITCHES, type Shell, withHouse } from '../shell.ts';

/** The ways in and out: the page's login, forms on websites, mail that really leaves. */
export function addDoors(program: Command, shell: Shell): void {
  program
    .command('login')
    .description('a new link that opens the page once')
    .addHelpText('after', examples('login'))
    .action(() =>
      withHouse(shell, async (house, out, main) => {
        const link = await main.loginLink(house, (await addressOf(house)).base);
        out.result(
          { link, running: !house.alone },
          `${link}${house.alone ? '\nNo server is running: start it first with countersign start, then open the link.' : ''}`,
        );
        return EXIT.ok;
      }),
    );

  program
    .command('form')
    .description('the address a form on your website posts to')
    .argument('[name]', 'what you call the form; left out, all are listed')
    .option('--redirect <url>', 'where people go after they sent it')
    .option('--revoke', 'its address answers no more, for good')
    .addHelpText('after', examples('form', 'form contact --redirect https://example.com/thanks', 'form contact --revoke'))
    .action((name: string | undefined, { redirect, revoke }: { redirect?: string; revoke?: boolean }) =>
      withHouse(shell, async (house, out) => {
        const { kv } = house.stores;
        const { intake } = await addressOf(house);
        const row = ({ name: form, path, redirect: to }: { name: string; path: string; redirect: string | null }) => ({
          name: form,
          address: `${intake}/in/${path}`,
          redirect: to,
        });
        if (name === undefined) {
          out.rows(
            (await listForms(kv)).map(row),
            [
              { key: 'name', title: 'FORM', width: 30 },
              { key: 'address', title: 'ADDRESS', width: 100 },
              { key: 'redirect', title: 'THEN GOES TO', width: 60 },
            ],
            'There is no form yet. Open one with: countersign form contact',
          );
          return EXIT.ok;
        }
        if (revoke === true) {
          if (!(await revokeForm(kv, name))) throw notFound(`There is no form ${name}. See: countersign form`);
          out.result({ name, revoked: true }, `The address of ${name} answers no more.`);
          return EXIT.ok;
        }
        const form = row(await openForm(kv, house.kernel.random, name, { redirect: redirect ?? null }));
        out.result(
          form,
          `${form.address}\n\nPut it into your form: <form method="post" action="…">. A whole one is in examples/form.html.\nFor a website elsewhere this address goes through a tunnel or a proxy; the README shows one of each.`,
        );
        return EXIT.ok;
      }),
    );

  program
    .command('live')
    .description('let mail really leave, or stop it again')
    .option('--off', 'back to practice mode: mail stays in the outbox')
    .addHelpText('after', examples('doctor --test-mail me@example.com', 'live', 'live --off'))
    .action(({ off }: { off?: boolean }) =>
      withHouse(shell, async ({ kernel, env }, out) => {
        if (off === true) {
          const switched = await backToPractice(kernel, OWNER_SWITCHES);
          out.result(
            { live: false, changed: switched === 'done' },
            switched === 'done' ? 'Practice mode: mail stays in the outbox from now on.' : 'It is in practice mode already.',
          );
          return EXIT.ok;
        }
        if (env.smtpUrl === null)
          return refuse('No mail server is configured. Set SMTP_URL, for you here and for the server, such as smtp://user:password@mail.example.com:587.');
        const switched = await goLive(kernel, OWNER_SWITCHES);
        if (switched === 'untested') return refuse('First let a test mail go out, to yourself: countersign doctor --test-mail you@example.com');
        out.result(
          { live: true, changed: switched === 'done' },
          switched === 'done' ? 'Live: mail that you approve really leaves from now on.' : 'It is live already.',
        );
        return EXIT.ok;

        function refuse(message: string): number {
          if (out.json) out.result({ live: kernel.control().live, message }, '');
          else out.warn(message);
          return EXIT.refused;
        }
      }),
    );
}
