import { join } from 'node:path';
import type { Command } from 'commander';
import { parseIdealCustomer } from '../../agents/leads/ideal-customer.ts';
import type { Environment } from '../../environment.ts';
import type { House } from '../../main.ts';
import { parseSmtpUrl } from '../../orchestrator/effects/smtp-url.ts';
import { policySentences } from '../../orchestrator/policy/sentences.ts';
import { recordTestMail } from '../../orchestrator/practice.ts';
import { problemText, SettingsError } from '../../settings/settings-error.ts';
import { broken, type Check, messageOf, mind, ok } from '../doctor/check.ts';
import { type Leaving, whatLeaves } from '../doctor/leaves.ts';
import { checkLog } from '../doctor/log.ts';
import { checkDataFolder, checkNode, checkPorts, checkTimeZone } from '../doctor/machine.ts';
import { checkMail } from '../doctor/mail.ts';
import { checkModels } from '../doctor/model.ts';
import { checkMongo } from '../doctor/mongo.ts';
import { checkRedis } from '../doctor/redis.ts';
import { EXIT, type Output } from '../output.ts';
import { addressOf, examples, type Main, OWNER_SWITCHES, type Shell } from '../shell.ts';

interface Findings {
  readonly checks: readonly Check[];
  /** What policy says, in sentences; empty when it cannot be read. */
  readonly policies: readonly string[];
  readonly leaves: readonly Leaving[];
}

export function addDoctor(program: Command, shell: Shell): void {
  program
    .command('doctor')
    .description('check everything, and list what leaves here')
    .option('--test-mail <address>', 'send one real mail to yourself, so that live can be switched on')
    .addHelpText('after', `${examples('doctor', 'doctor --test-mail me@example.com', 'doctor --json')}\nExit code 1 when something is broken.\n`)
    .action(async ({ testMail }: { testMail?: string }) => {
      const out = shell.output();
      const findings = await examine(await shell.main(), out, testMail ?? null);
      tell(findings, out);
      shell.exit(findings.checks.some(({ state }) => state === 'broken') ? EXIT.refused : EXIT.ok);
    });
}

async function examine(main: Main, out: Output, testMail: string | null): Promise<Findings> {
  const node = checkNode(process.versions.node);
  let env: Environment;
  try {
    env = main.environment();
  } catch (error) {
    return { checks: [node, broken('Environment', messageOf(error), 'Change or remove the variables named.')], policies: [], leaves: [] };
  }
  const folder = await checkDataFolder(env);
  const places = [...folder, ...(await checkMongo(main, env.mongoUrl))];
  const before = [node, ...places];
  if (places.some(({ state }) => state === 'broken')) return { checks: before, policies: [], leaves: whatLeaves(env, false) };
  try {
    const house = await main.openHouse(env, { role: 'command' });
    try {
      return await examineHouse(house, main, out, before, testMail);
    } finally {
      await house.close();
    }
  } catch (error) {
    return { checks: [...before, ...problemsOf(error), ...(await withoutSettings(error, env, main, out))], policies: [], leaves: whatLeaves(env, false) };
  }
}

async function examineHouse(house: House, main: Main, out: Output, before: readonly Check[], testMail: string | null): Promise<Findings> {
  const { env, kernel, settings, alone } = house;
  const { company, policies, prices, playbooks, files } = settings.current();
  const now = new Date(kernel.clock.now());
  const own = files.filter((file) => file.own).map(({ name }) => name);
  const checks = [
    ...before,
    ok('Settings', own.length === 0 ? 'the defaults in config/' : `all files hold; your own: ${own.join(', ')}`),
    ...(own.includes('company.yaml') ? [] : [mind('Company', `the sample company ${company.company}`, 'Answer five questions: countersign init')]),
    ...checkPlaybook(playbooks),
    ...(await checkLog(house, out)),
    ...(await checkPorts(env, !alone, alone ? '' : (await addressOf(house)).base)),
    checkTimeZone(company.timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone, now),
    ...(env.redisUrl === null ? [] : await checkRedis(env.redisUrl)),
    ...(await checkMail(env.smtpUrl, kernel.control())),
    ...(testMail === null ? [] : [await sendTest(house, main, testMail)]),
    ...(await checkModels(env.model, prices, now)),
  ];
  return { checks, policies: policySentences(policies, company.timeZone), leaves: whatLeaves(env, kernel.control().live && env.smtpUrl !== null) };
}

/** It holds, else the settings could not be read; here is what it comes to. */
function checkPlaybook(playbooks: ReadonlyMap<string, string>): Check[] {
  const text = playbooks.get('ideal-customer');
  if (text === undefined) return [];
  const { criteria, fit } = parseIdealCustomer(text);
  return [ok('Playbook', `${criteria.length} criteria; a lead fits from ${fit} points on`)];
}

async function sendTest(house: House, main: Main, to: string): Promise<Check> {
  const { smtpUrl } = house.env;
  if (smtpUrl === null)
    return broken('Test mail', 'there is no mail server to send it through', 'Set SMTP_URL, such as smtp://user:password@mail.example.com:587.');
  try {
    await main.mailTest(house, smtpUrl, to);
  } catch (error) {
    return broken('Test mail', messageOf(error), 'Mend that, then try again; live cannot be switched on before.');
  }
  await recordTestMail(house.kernel, OWNER_SWITCHES, parseSmtpUrl(smtpUrl).name);
  return ok('Test mail', `taken for ${to}; look whether it arrived, then: countersign live`);
}

const problemsOf = (error: unknown): Check[] =>
  error instanceof SettingsError
    ? error.problems.map((problem) =>
        broken('Settings', problemText(problem), 'Mend the place named; until then start refuses, and a running server keeps the settings it has.'),
      )
    : [broken('Start', messageOf(error), 'Mend that, then run countersign doctor again.')];

/** With settings that cannot be read, the log and the ports still can. */
async function withoutSettings(error: unknown, env: Environment, main: Main, out: Output): Promise<Check[]> {
  if (!(error instanceof SettingsError)) return [];
  try {
    const house = await main.openHouse({ ...env, configFolder: join(env.dataFolder, 'no-settings') }, { role: 'command' });
    try {
      return [
        ...(await checkLog(house, out)),
        ...(await checkPorts(env, !house.alone, house.alone ? '' : (await addressOf(house)).base)),
        ...(env.redisUrl === null ? [] : await checkRedis(env.redisUrl)),
        ...(await checkMail(env.smtpUrl, house.kernel.control())),
      ];
    } finally {
      await house.close();
    }
  } catch {
    // The defaults do not hold either: what is wrong with them stands above.
    return [];
  }
}

const SIGNS = { ok: '✓', mind: '!', broken: '✗' } as const;

function tell({ checks, policies, leaves }: Findings, out: Output): void {
  if (out.json) {
    out.rows(
      [...checks.map((check) => ({ ...check })), ...policies.map((policy) => ({ policy })), ...leaves.map(({ what, to }) => ({ leaves: what, to }))],
      [],
      '',
    );
    return;
  }
  const width = Math.max(...checks.map(({ check }) => check.length));
  for (const { check, state, says, mend } of checks) {
    out.say(`${SIGNS[state]} ${check.padEnd(width)}  ${says.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`);
    if (mend !== null) out.say(`${' '.repeat(width + 4)}→ ${mend}`);
  }
  if (policies.length > 0) out.say(`\nWhat may happen\n${policies.map((sentence) => `  · ${sentence}`).join('\n')}`);
  if (leaves.length > 0) out.say(`\nWhat leaves this machine\n${leaves.map(({ what, to }) => `  · ${what} → ${to}`).join('\n')}`);
  const count = checks.filter(({ state }) => state === 'broken').length;
  out.say(count === 0 ? '\nNothing is broken.' : `\n${count} ${count === 1 ? 'thing is' : 'things are'} broken.`);
}
