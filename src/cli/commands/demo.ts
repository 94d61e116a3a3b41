import { spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { Environment } from '../../environment.ts';
import { CountersignError } from '../../store/errors.ts';
import type { Output } from '../output.ts';
import { type Served, serve, stayUntilStopped } from '../serve.ts';
import { CODE, examples, type Main, OWNER, type Shell } from '../shell.ts';
import { wholeNumber } from '../values.ts';

/** In how many portions the day's leads come in. */
const PORTIONS = 12;

export function addDemo(program: Command, shell: Shell): void {
  program
    .command('demo')
    .description('a day of a sample company; nothing is sent')
    .option('--fresh', 'in a new temporary folder')
    .option('--seconds <count>', 'how long the day takes', wholeNumber, 60)
    .option('--no-open', 'do not open the page in a browser')
    .addHelpText('after', `${examples('demo', 'demo --fresh')}\nYour own data, settings, mail server and model key are not touched.\n`)
    .action(async ({ fresh, seconds, open }: { fresh?: boolean; seconds: number; open: boolean }) => {
      const main = await shell.main();
      const out = shell.output();
      const env = await demoEnvironment(main.environment(), fresh === true);
      const served = await serveSomewhere(main, env);
      const { house, running, loginLink } = served;
      const { company } = house.settings.current();
      await house.desk.setUp(OWNER, {
        company: company.company,
        offer: company.offer,
        idealCustomer: company.idealCustomer,
        senderName: company.sender.name,
        senderEmail: company.sender.email,
        timeZone: company.timeZone,
      });

      const folder = relative(process.cwd(), env.dataFolder);
      const dataFolder = folder.startsWith('..') ? env.dataFolder : folder;
      out.result(
        { url: running.url, login: loginLink, intake: running.intakeUrl, dataFolder: env.dataFolder, pid: process.pid },
        [
          `A day at ${company.company}, in about ${seconds} seconds`,
          '',
          `  Page      ${running.url}`,
          `  Log in    ${loginLink}`,
          `  Mail      practice mode: it stays in ${join(dataFolder, 'outbox')}`,
          `  Data      ${dataFolder}`,
          '',
          'Leads come in by form and by CSV. Good ones get a card with a drafted reply: approve, change or reject it.',
          'Spam and misfits are only counted. Nothing is ever sent from here. Ctrl-C stops it.',
          '',
        ].join('\n'),
      );
      if (open && shell.interactive()) openBrowser(loginLink);

      const stopping = new AbortController();
      const playing = play(served, out, seconds, stopping.signal).then((finished) => {
        if (finished)
          out.say(
            `\nThe day is over. Ask for the reasons of anything: COUNTERSIGN_DATA=${dataFolder} COUNTERSIGN_CONFIG=${join(dataFolder, 'config')} countersign approvals, then … why ID`,
          );
      });
      await stayUntilStopped(served, out, shell, async () => {
        stopping.abort();
        await playing;
      });
    });
}

/** Nothing of the person's: another folder, other settings, no mail server, no model that costs money. */
async function demoEnvironment(env: Environment, fresh: boolean): Promise<Environment> {
  const dataFolder = fresh ? await mkdtemp(join(tmpdir(), 'countersign-demo-')) : `${env.dataFolder}-demo`;
  return {
    ...env,
    dataFolder,
    configFolder: join(dataFolder, 'config'),
    publicUrl: null,
    trustedProxies: [],
    smtpUrl: null,
    redisUrl: null,
    model: null,
    httpAllowHosts: [],
    intakeHost: '127.0.0.1',
  };
}

/** On the usual ports, or beside the person's own server on any free ones. */
async function serveSomewhere(main: Main, env: Environment): Promise<Served> {
  try {
    return await serve(main, env);
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== 'PortInUse') throw error;
    return serve(main, { ...env, port: 0, intakePort: 0 });
  }
}

const records = z.array(z.record(z.string(), z.string()));

/** @returns false when it was stopped before the end */
async function play({ house, running }: Served, out: Output, seconds: number, signal: AbortSignal): Promise<boolean> {
  await running.ready();
  const leads = records.parse(
    parse(await readFile(join(CODE, 'examples', 'leads.csv')), { columns: true, skip_empty_lines: true, relax_column_count: true, bom: true }),
  );
  const size = Math.ceil(leads.length / PORTIONS);
  for (let from = 0; from < leads.length; from += size) {
    if (signal.aborted) return false;
    const [byForm, ...byFile] = leads.slice(from, from + size);
    if (byForm !== undefined) await fetch(running.intakeUrl, { method: 'POST', body: new URLSearchParams(byForm), redirect: 'manual' });
    if (byFile.length > 0) await house.desk.importLeads(OWNER, 'leads.csv', Buffer.from(csvOf(byFile)));
    await pause((seconds * 1000) / PORTIONS, undefined, { signal }).catch(() => {});
    const { leads: known, waiting, behind } = await house.desk.status();
    out.say(`${String(known).padStart(5)} leads  ${String(waiting).padStart(3)} cards wait for you${behind > 0 ? `, ${behind} more behind them` : ''}`);
  }
  return !signal.aborted;
}

function csvOf(rows: readonly Readonly<Record<string, string>>[]): string {
  const headers = Object.keys(rows[0] ?? {});
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return [headers, ...rows.map((row) => headers.map((header) => row[header] ?? ''))].map((line) => line.map(quoted).join(',')).join('\r\n');
}

function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open', url] : process.platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler', url] : ['xdg-open', url];
  // Where there is no browser, the link is on the screen.
  if (command !== undefined)
    spawn(command, args, { stdio: 'ignore', detached: true })
      .on('error', () => {})
      .unref();
}
