import { relative } from 'node:path';
import type { Command } from 'commander';
import { serve, stayUntilStopped } from '../serve.ts';
import { examples, type Shell } from '../shell.ts';

export function addStart(program: Command, shell: Shell): void {
  program
    .command('start')
    .description('run Countersign: the page, the intake, the agents')
    .addHelpText(
      'after',
      `${examples('start', 'start --json')}\nEnvironment: COUNTERSIGN_DATA (data folder, default data), PORT (page, default 4646), INTAKE_PORT (forms, default 4647),\nPUBLIC_URL, TRUSTED_PROXIES, SMTP_URL, ANTHROPIC_API_KEY, LOG_LEVEL. Ctrl-C stops it.\n`,
    )
    .action(async () => {
      const main = await shell.main();
      const out = shell.output();
      const served = await serve(main, main.environment());
      const { house, running, loginLink } = served;
      const { company, practice, needsSetup } = await house.desk.status();
      const folder = relative(process.cwd(), house.env.dataFolder);
      const shownFolder = folder !== '' && !folder.startsWith('..') ? folder : house.env.dataFolder;
      out.result(
        { url: running.url, login: loginLink, intake: running.intakeUrl, practice, dataFolder: house.env.dataFolder, pid: process.pid },
        [
          `Countersign for ${company}${needsSetup ? ' (the sample company; the page asks for yours, or countersign init)' : ''}`,
          '',
          `  Page      ${running.url}`,
          `  Log in    ${loginLink}`,
          '            (once, within an hour; a new one: countersign login)',
          `  Forms     ${running.intakeUrl}`,
          `  Mail      ${practice ? 'practice mode: it stays in the outbox, nothing leaves' : 'live: what you approve really leaves'}`,
          `  Models    ${house.env.model === null ? 'none; the agents work with their own rules' : `${house.env.model.small}, ${house.env.model.large}`}`,
          `  Data      ${shownFolder}`,
          '',
          'Ctrl-C stops it.',
        ].join('\n'),
      );
      await stayUntilStopped(served, out, shell);
    });
}
