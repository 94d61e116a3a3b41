import { relative } from 'node:path';
import type { Command } from 'commander';
import { needsSharedQueue } from '../needs-shared-queue.ts';
import { type Served, serve, stayUntilStopped } from '../serve.ts';
import { examples, type Shell } from '../shell.ts';

const ENVIRONMENT = `Environment: COUNTERSIGN_DATA (data folder, default data), PORT (page, default 4646), INTAKE_PORT (forms, default 4647),
PUBLIC_URL, TRUSTED_PROXIES, MONGODB_URL, REDIS_URL, SMTP_URL, ANTHROPIC_API_KEY, LOG_LEVEL. Ctrl-C stops it.
`;

export function addStart(program: Command, shell: Shell): void {
  program
    .command('start')
    .description('run Countersign: the page, the intake, the agents')
    .addHelpText('after', `${examples('start', 'start --json')}\n${ENVIRONMENT}`)
    .action(() => serveUntilStopped(shell, true));

  program
    .command('serve')
    .description('the same without the agents, which run in workers')
    .addHelpText(
      'after',
      `${examples('serve', 'PORT=5646 INTAKE_PORT=5647 countersign serve')}\nSeveral may run on one MongoDB: one leads, the others take over. ${ENVIRONMENT}`,
    )
    .action(async () => {
      needsSharedQueue((await shell.main()).environment(), 'serve', 'countersign start runs everything in one process');
      await serveUntilStopped(shell, false);
    });
}

async function serveUntilStopped(shell: Shell, work: boolean): Promise<void> {
  const main = await shell.main();
  const out = shell.output();
  const served = await serve(main, main.environment(), work);
  const { house, running, loginLink } = served;
  const { practice } = await house.desk.status();
  out.result(
    { url: running.url, login: loginLink, intake: running.intakeUrl, practice, dataFolder: house.env.dataFolder, pid: process.pid },
    await inWords(served, work),
  );
  await stayUntilStopped(served, out, shell);
}

async function inWords({ house, running, loginLink }: Served, work: boolean): Promise<string> {
  const { env } = house;
  const { company, practice, needsSetup } = await house.desk.status();
  const folder = relative(process.cwd(), env.dataFolder);
  const shownFolder = folder !== '' && !folder.startsWith('..') ? folder : env.dataFolder;
  return [
    `Countersign for ${company}${needsSetup ? ' (the sample company; the page asks for yours, or countersign init)' : ''}`,
    '',
    `  Page      ${running.url}`,
    `  Log in    ${loginLink}`,
    '            (once, within an hour; a new one: countersign login)',
    `  Forms     ${running.intakeUrl}`,
    `  Mail      ${practice ? 'practice mode: it stays in the outbox, nothing leaves' : 'live: what you approve really leaves'}`,
    `  Models    ${env.model === null ? 'none; the agents work with their own rules' : `${env.model.small}, ${env.model.large}`}`,
    ...(work ? [] : ['  Agents    in workers: countersign worker']),
    `  Data      ${env.mongoUrl === null ? shownFolder : `MongoDB; mails and caches in ${shownFolder}`}`,
    '',
    'Ctrl-C stops it.',
  ].join('\n');
}
